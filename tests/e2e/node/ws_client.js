// A WebSocket client that prints what it saw as JSON: node ws_client.js URL
'use strict';
const crypto = require('crypto');
const WebSocket = require('ws');

const url = process.argv[2];

function open(options = {}, protocols = []) {
	return new Promise((resolve, reject) => {
		const socket = new WebSocket(url, protocols, {family: 4, ...options});
		socket.on('open', () => resolve(socket));
		socket.on('error', reject);
	});
}

function echo(socket, data) {
	return new Promise(resolve => {
		socket.once('message', (message, isBinary) => resolve(isBinary ? message : message.toString()));
		socket.send(data);
	});
}

function closed(socket) {
	return new Promise(resolve => socket.once('close', (code, reason) => resolve([code, reason.toString()])));
}

async function main() {
	const result = {};
	const plain = await open({perMessageDeflate: false}, ['chat.v1', 'chat.v2']);
	result.protocol = plain.protocol;
	result.text = await echo(plain, 'grüße');
	result.path = await echo(plain, 'path');
	result.plainExtensions = await echo(plain, 'extensions');
	const noise = crypto.randomBytes(1 << 20);
	result.megabyte = noise.equals(await echo(plain, noise));
	result.many = 0;
	for (let number = 0; number < 200; number++)
		result.many += (await echo(plain, `message ${number}`)) === `message ${number}`;
	result.pong = await new Promise(resolve => { plain.once('pong', data => resolve(data.toString())); plain.ping('are you there'); });
	let end = closed(plain);
	plain.close(4321, 'enough');
	result.closeByClient = await end;

	const deflated = await open({perMessageDeflate: {threshold: 0}});
	result.extensions = await echo(deflated, 'extensions');
	const zeros = Buffer.alloc(1 << 20, 'abc');
	result.deflated = zeros.equals(await echo(deflated, zeros)) && zeros.equals(await echo(deflated, zeros));
	end = closed(deflated);
	deflated.send('close 4567');
	result.closeByServer = await end;

	const cut = await open();
	end = closed(cut);
	cut.send('terminate');
	result.terminated = (await end)[0];
	console.log(JSON.stringify(result));
}

main().catch(error => { console.error(error); process.exit(1); });
