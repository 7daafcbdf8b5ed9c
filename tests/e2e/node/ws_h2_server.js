// An origin of HTTP/2 alone that echoes WebSocket messages over extended CONNECT (RFC 8441), serves the page that speaks
// to it, and prints what that page has seen: node ws_h2_server.js ADDRESS KEY CHAIN
'use strict';
const fs = require('fs');
const http2 = require('http2');
const {WebSocketServer} = require('ws');

const [address, key, chain] = process.argv.slice(2);
const sockets = new WebSocketServer({noServer: true, perMessageDeflate: {threshold: 0}, maxPayload: 16 << 20,
	handleProtocols: protocols => protocols.has('chat.v2') ? 'chat.v2' : false});

// What `ws` writes as the head of HTTP/1.1 goes out as the fields of RFC 8441; it has the key of HTTP/1.1 from here.
function upgrade(stream, headers) {
	const write = stream.write;
	stream.write = head => {
		stream.write = write;
		const fields = head.split('\r\n').slice(1).map(line => line.split(': ')).filter(([name]) => /^Sec-WebSocket-(Protocol|Extensions)$/.test(name));
		stream.respond({':status': 200, ...Object.fromEntries(fields.map(([name, value]) => [name.toLowerCase(), value]))});
		return true;
	};
	const request = {method: 'GET', url: headers[':path'],
		headers: {...headers, upgrade: 'websocket', 'sec-websocket-key': Buffer.alloc(16).toString('base64')}};
	sockets.handleUpgrade(request, stream, Buffer.alloc(0), socket => sockets.emit('connection', socket, request));
}

sockets.on('connection', socket => {
	socket.on('error', () => {});
	socket.on('message', (data, isBinary) => {
		const text = isBinary ? '' : data.toString();
		if (text === 'extensions')
			socket.send(socket.extensions);
		else if (text.startsWith('close '))
			socket.close(Number(text.slice(6)), 'as asked');
		else
			socket.send(data, {binary: isBinary});
	});
	socket.on('close', (code, reason) => console.log(`closed ${code} ${reason}`));
});

const page = fs.readFileSync(`${__dirname}/ws_page.html`);
const server = http2.createSecureServer({key: fs.readFileSync(key), cert: fs.readFileSync(chain), settings: {enableConnectProtocol: true}});
server.on('session', session => { session.on('error', () => {}); });
server.on('stream', (stream, headers) => {
	stream.on('error', () => {});
	if (headers[':method'] === 'CONNECT') {
		console.log(`connect ${headers[':protocol']} ${headers[':path']}`);
		upgrade(stream, headers);
	} else {
		let text = '';
		stream.setEncoding('utf8');
		stream.on('data', data => { text += data; });
		stream.on('end', () => {
			if (headers[':path'] === '/seen')
				console.log(`seen ${text}`);
			stream.respond({':status': 200, 'content-type': 'text/html; charset=utf-8'});
			stream.end(page);
		});
	}
});
server.listen(443, address);
