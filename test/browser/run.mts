// npm run test:browser [-- part of a test's name]: a person's way through n8n's editor, judged by what the sandbox holds.
import { relative } from 'node:path';
import { exitCodes, onEndSignal } from '../../scripts/lib/processes.mjs';
import { elapsed } from '../../scripts/lib/progress.mjs';
import { root } from '../../scripts/pack.mts';
import { keepEvidence, startEnvironment, stopEnvironment, type Environment } from './environment.mts';
import { needed, tests, type BrowserTest } from './tests.mts';

const counts = { passed: 0, failed: 0 };
const print = (text: string) => process.stdout.write(`${text}\n`);

/** One after the other: they share the browser, and the later ones need the credential of the first. */
async function run(test: BrowserTest, environment: Environment): Promise<void> {
	const begin = performance.now();
	try {
		await test.run(environment);
		counts.passed += 1;
		print(`✔ ${test.name} (${elapsed(performance.now() - begin)})`);
	} catch (error) {
		counts.failed += 1;
		print(`✖ ${test.name} (${elapsed(performance.now() - begin)})`);
		print(`  ${(error instanceof Error ? error.message : String(error)).replaceAll('\n', '\n  ')}`);
		print(`  See ${relative(root, await keepEvidence(environment, test.name))}.png and .txt`);
		if (test.provides) await needed[test.provides](environment);
	}
}

let interrupted = false;
onEndSignal((signal) => {
	interrupted = true;
	void stopEnvironment().finally(() => process.exit(exitCodes[signal]));
});
const [part = ''] = process.argv.slice(2);
try {
	const environment = await startEnvironment();
	await environment.editor.signIn(environment.n8n.owner);
	for (const test of tests) {
		if (interrupted) break;
		if (test.name.toLowerCase().includes(part.toLowerCase())) await run(test, environment);
		else if (test.provides) await needed[test.provides](environment);
	}
} catch (error) {
	process.stderr.write(`\n${error instanceof Error ? error.message : error}\n`);
	counts.failed += 1;
} finally {
	if (!interrupted) await stopEnvironment();
}
if (!interrupted) {
	print(`\n${counts.passed} passed, ${counts.failed} failed`);
	// A run without a single test is no success.
	process.exit(counts.failed === 0 && counts.passed > 0 ? 0 : 1);
}
