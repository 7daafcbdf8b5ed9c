// A gRPC origin over TLS: node grpc_server.js ADDRESS KEY CHAIN
'use strict';
const fs = require('fs');
const grpc = require('@grpc/grpc-js');
const both = require('./grpc_both');
const service = require('./grpc_service');

const [address, key, chain] = process.argv.slice(2);
const server = new grpc.Server({'grpc.max_receive_message_length': -1});

server.addService(service, {
	Say(call, done) {
		const trailer = new grpc.Metadata();
		trailer.set('x-trailer', 'from the server');
		trailer.set('x-data-bin', Buffer.from([0, 255, 1]));
		const head = new grpc.Metadata();
		head.set('x-head', String(call.metadata.get('x-asked')[0]));
		call.sendMetadata(head);
		done(null, call.request, trailer);
	},
	Fail(call, done) {
		done({code: grpc.status.FAILED_PRECONDITION, details: 'not — today'});
	},
	Wait(call) {
		call.on('cancelled', () => console.log('cancelled'));
	},
	Count(call) {
		for (let number = 0; number < call.request; number++)
			call.write(number);
		call.end();
	},
	Sum(call, done) {
		let sum = 0;
		call.on('data', number => { sum += number; });
		call.on('end', () => done(null, sum));
	},
	Chat(call) {
		call.on('data', message => call.write(message));
		call.on('end', () => call.end());
	},
	async Both(call) {
		let isWritten;
		const written = new Promise(resolve => { isWritten = resolve; });
		const seen = await both(call, Number(call.metadata.get('x-count')[0]), isWritten);
		await written;
		const trailer = new grpc.Metadata();
		trailer.set('x-seen', JSON.stringify(seen));
		call.end(trailer);
	},
});
const credentials = grpc.ServerCredentials.createSsl(null, [{private_key: fs.readFileSync(key), cert_chain: fs.readFileSync(chain)}]);
server.bindAsync(`${address}:443`, credentials, error => { if (error) throw error; });
