// One side of the call `Both`: writes numbered messages of many sizes as fast as the other side takes them, and meanwhile
// reads the other's. Resolves when that has ended: how many came whole and in turn, and how many of them before the last
// of its own was written.
'use strict';

const text = number => 'x'.repeat(number * 37 % 3000);

module.exports = (call, count, written) => new Promise(resolve => {
	let inTurn = 0;
	let meanwhile = 0;
	let number = 0;

	function more() {
		let mayGoOn = true;
		while (mayGoOn && number < count) {
			mayGoOn = call.write({number, text: text(number)});
			number++;
		}
		if (number < count)
			call.once('drain', more);
		else
			written();
	}
	call.on('data', message => {
		inTurn += message.number === inTurn && message.text === text(inTurn);
		meanwhile += number < count;
	});
	call.on('end', () => resolve({inTurn, meanwhile}));
	more();
});
