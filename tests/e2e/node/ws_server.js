// A WebSocket origin over TLS that echoes: node ws_server.js ADDRESS KEY CHAIN
'use strict';
const fs = require('fs');
const https = require('https');
const {WebSocketServer} = require('ws');

const [address, key, chain] = process.argv.slice(2);
const server = https.createServer({key: fs.readFileSync(key), cert: fs.readFileSync(chain)});
const sockets = new WebSocketServer({server, perMessageDeflate: {threshold: 0}, maxPayload: 16 << 20,
	handleProtocols: protocols => protocols.has('chat.v2') ? 'chat.v2' : false});

sockets.on('connection', (socket, request) => {
	socket.on('error', () => {});
	socket.on('ping', () => {});
	socket.on('message', (data, isBinary) => {
		const text = isBinary ? '' : data.toString();
		if (text.startsWith('close '))
			socket.close(Number(text.slice(6)), 'as asked');
		else if (text === 'terminate')
			socket.terminate();
		else if (text === 'path')
			socket.send(request.url);
		else if (text === 'extensions')
			socket.send(socket.extensions);
		else
			socket.send(data, {binary: isBinary});
	});
	socket.on('close', (code, reason) => console.log(`closed ${code} ${reason}`));
});
server.listen(443, address);
