// An HTTP/2 origin: node h2_server.js ADDRESS KEY CHAIN DIRECTORY
'use strict';
const fs = require('fs');
const http2 = require('http2');
const path = require('path');

const [address, key, chain, directory] = process.argv.slice(2);
const server = http2.createSecureServer({key: fs.readFileSync(key), cert: fs.readFileSync(chain), settings: {maxConcurrentStreams: 200}});

const actions = {
	'/echo': stream => { stream.respond({':status': 200}); stream.pipe(stream); },
	'/trailers': stream => {
		stream.respond({':status': 200}, {waitForTrailers: true});
		stream.on('wantTrailers', () => stream.sendTrailers({'x-sum': '42'}));
		stream.end('with trailers');
	},
	'/early': stream => {
		stream.additionalHeaders({':status': 103, link: '</a.css>; rel=preload'});
		stream.respond({':status': 200});
		stream.end('after hints');
	},
	'/cancel': stream => {
		stream.respond({':status': 200});
		stream.write('some');
		setTimeout(() => stream.destroy(new Error('cut')), 50);
	},
	'/push': stream => {
		stream.respond({':status': 200});
		stream.end(stream.pushAllowed ? 'push allowed' : 'push refused');
	},
	'/goaway': stream => {
		stream.respond({':status': 200});
		stream.end('last');
		stream.session.close();
	},
};

server.on('stream', (stream, headers) => {
	stream.on('error', () => {});
	const action = actions[headers[':path']];
	if (action)
		action(stream);
	else
		stream.respondWithFile(path.join(directory, path.basename(headers[':path'])), {},
			{onError: () => { stream.respond({':status': 404}, {endStream: true}); }});
});
server.on('sessionError', () => {});
server.listen(443, address);
