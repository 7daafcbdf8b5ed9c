// A gRPC client that prints what it saw as JSON: node grpc_client.js NAME CA
'use strict';
const fs = require('fs');
const grpc = require('@grpc/grpc-js');
const service = require('./grpc_service');

const [address, name, ca] = process.argv.slice(2);
const Client = grpc.makeClientConstructor(service, 'sluice.Test');
const client = new Client(`${address}:443`, grpc.credentials.createSsl(fs.readFileSync(ca)), {
	'grpc.ssl_target_name_override': name, 'grpc.default_authority': name, 'grpc.max_receive_message_length': -1});

function unary(method, request, metadata = new grpc.Metadata(), options = {}) {
	return new Promise(resolve => {
		const seen = {};
		const call = client[method](request, metadata, options, (error, value) => {
			seen.value = value;
			seen.code = error ? error.code : 0;
			seen.details = error ? error.details : '';
		});
		call.on('metadata', head => { seen.head = head.get('x-head')[0]; });
		call.on('status', status => {
			seen.trailer = status.metadata.get('x-trailer')[0];
			const data = status.metadata.get('x-data-bin')[0];
			seen.data = data ? [...data] : undefined;
			setImmediate(() => resolve(seen));
		});
	});
}

function chat(count) {
	return new Promise((resolve, reject) => {
		const call = client.Chat();
		let next = 0;
		let inTurn = 0;
		call.on('data', message => {
			inTurn += message.number === next;
			if (++next === count)
				call.end();
			else
				call.write({number: next, text: 'x'.repeat(next * 100)});
		});
		call.on('status', status => resolve([inTurn, status.code]));
		call.on('error', reject);
		call.write({number: 0, text: ''});
	});
}

async function main() {
	const asked = new grpc.Metadata();
	asked.set('x-asked', 'question');
	const result = {};
	result.say = await unary('Say', {text: 'grüße'}, asked);
	result.big = (await unary('Say', {text: 'b'.repeat(3 << 20)}, asked)).value.text.length;
	result.fail = await unary('Fail', {});
	result.deadline = (await unary('Wait', {}, new grpc.Metadata(), {deadline: Date.now() + 1500})).code;
	result.missing = await new Promise(resolve => client.makeUnaryRequest('/sluice.Test/None', Buffer.from, JSON.parse, '', error => resolve(error.code)));
	result.count = await new Promise((resolve, reject) => {
		const numbers = [];
		client.Count(1000).on('data', number => numbers.push(number)).on('error', reject)
			.on('end', () => resolve(numbers.every((number, at) => number === at) && numbers.length));
	});
	result.sum = await new Promise((resolve, reject) => {
		const call = client.Sum((error, value) => error ? reject(error) : resolve(value));
		for (let number = 1; number <= 1000; number++)
			call.write(number);
		call.end();
	});
	result.chat = await chat(100);
	result.chats = await Promise.all(Array.from({length: 10}, () => chat(20)));
	console.log(JSON.stringify(result));
	client.close();
}

main().catch(error => { console.error(error); process.exit(1); });
