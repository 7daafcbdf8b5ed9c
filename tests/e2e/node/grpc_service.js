// The service of both sides; messages are JSON, for what is tested is their way.
'use strict';

const method = (name, requestStream, responseStream) => ({
	path: `/sluice.Test/${name}`, requestStream, responseStream,
	requestSerialize: value => Buffer.from(JSON.stringify(value)), requestDeserialize: data => JSON.parse(data),
	responseSerialize: value => Buffer.from(JSON.stringify(value)), responseDeserialize: data => JSON.parse(data),
});

module.exports = {
	Say: method('Say', false, false),
	Fail: method('Fail', false, false),
	Wait: method('Wait', false, false),
	Count: method('Count', false, true),
	Sum: method('Sum', true, false),
	Chat: method('Chat', true, true),
	Both: method('Both', true, true),
};
