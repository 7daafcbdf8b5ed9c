// An HTTP/2 client that does one thing after another on one connection and prints what it saw: node h2_client.js ORIGIN
'use strict';
const crypto = require('crypto');
const http2 = require('http2');

function exchange(session, head, body) {
	return new Promise((resolve, reject) => {
		const seen = {hints: [], length: 0};
		const hash = crypto.createHash('sha256');
		const stream = session.request(head);
		stream.on('headers', headers => seen.hints.push([headers[':status'], headers.link]));
		stream.on('response', headers => { seen.status = headers[':status']; });
		stream.on('trailers', headers => { seen.trailers = {...headers}; });
		stream.on('data', data => { hash.update(data); seen.length += data.length; if (data.length < 100) seen.text = data.toString(); });
		stream.on('error', error => { seen.error = error.code; });
		stream.on('close', () => { seen.code = stream.rstCode; seen.sha256 = hash.digest('hex'); resolve(seen); });
		stream.end(body);
	});
}

async function main() {
	const session = http2.connect(process.argv[2]);
	session.on('error', error => { console.error(error); process.exit(1); });
	const post = {':path': '/echo', ':method': 'POST'};
	const body = crypto.randomBytes(1 << 20);
	const result = {sent: crypto.createHash('sha256').update(body).digest('hex')};
	result.hello = await exchange(session, {':path': '/hello'});
	result.trailers = await exchange(session, {':path': '/trailers'});
	result.early = await exchange(session, {':path': '/early'});
	result.cancel = await exchange(session, {':path': '/cancel'});
	result.push = await exchange(session, {':path': '/push'});
	result.echoes = await Promise.all(Array.from({length: 8}, () => exchange(session, post, body)));
	result.missing = await exchange(session, {':path': '/missing'});
	result.goaway = await exchange(session, {':path': '/goaway'});
	result.protocol = session.alpnProtocol;
	console.log(JSON.stringify(result));
	session.close();
}

main();
