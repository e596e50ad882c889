// npm run test:n8n [-- part of a file's name]: the packed package in a real n8n, against the sandbox.
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { exitCodes, onEndSignal } from '../../scripts/lib/processes.mjs';
import { startEnvironment, stopEnvironment } from './environment.mts';

const counts = { passed: 0, failed: 0 };

async function runTests(): Promise<void> {
	// One process and one test at a time: all tests share the n8n that was started here.
	const stream = run({
		files: [fileURLToPath(new URL('all.mts', import.meta.url))],
		isolation: 'none',
		concurrency: false,
	});
	stream.on('test:pass', ({ details, skip, todo }) => {
		if (details.type !== 'suite' && skip === undefined && todo === undefined) counts.passed += 1;
	});
	stream.on('test:fail', ({ details }) => {
		if (details.type !== 'suite') counts.failed += 1;
	});
	const report = stream.compose(new spec());
	report.pipe(process.stdout, { end: false });
	await new Promise((resolve, reject) => report.once('end', resolve).once('error', reject));
}

onEndSignal((signal) => process.exit(exitCodes[signal]));
try {
	await startEnvironment();
	await runTests();
} catch (error) {
	process.stderr.write(`\n${error instanceof Error ? error.message : error}\n`);
	counts.failed += 1;
} finally {
	await stopEnvironment();
}
process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed\n`);
// A run without a single test is no success.
process.exit(counts.failed === 0 && counts.passed > 0 ? 0 : 1);
