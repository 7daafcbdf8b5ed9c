// A gRPC client of one long call both ways, with short ones beside it; prints what it saw as JSON:
// node grpc_stream_client.js ADDRESS NAME CA COUNT
'use strict';
const fs = require('fs');
const grpc = require('@grpc/grpc-js');
const both = require('./grpc_both');
const service = require('./grpc_service');

const [address, name, ca, count] = process.argv.slice(2);
const Client = grpc.makeClientConstructor(service, 'sluice.Test');
const client = new Client(`${address}:443`, grpc.credentials.createSsl(fs.readFileSync(ca)), {
	'grpc.ssl_target_name_override': name, 'grpc.default_authority': name});

async function main() {
	const result = {beside: 0};
	const asked = new grpc.Metadata();
	asked.set('x-count', count);
	const call = client.Both(asked);
	const status = new Promise(resolve => call.on('status', resolve));
	let isOver = false;
	call.on('error', () => {});
	const talk = both(call, Number(count), () => call.end()).then(seen => { isOver = true; return seen; });
	while (!isOver)
		await new Promise((resolve, reject) => client.Say({text: 'beside'}, (error, value) => {
			result.beside += value && value.text === 'beside' && !isOver;
			error ? reject(error) : setTimeout(resolve, 5);
		}));
	result.here = await talk;
	const end = await status;
	result.code = end.code;
	result.there = JSON.parse(end.metadata.get('x-seen')[0]);
	console.log(JSON.stringify(result));
	client.close();
}

main().catch(error => { console.error(error); process.exit(1); });
