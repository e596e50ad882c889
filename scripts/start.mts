// npm start: a real n8n, the packed package, the Next Matter sandbox, and the main job run once. The editor stays open.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createSandbox, type InstanceView, type Sandbox } from '../sandbox/next-matter/server.mts';
import { freePort } from './lib/ports.mjs';
import { exitCodes, onEndSignal } from './lib/processes.mjs';
import { elapsed, withProgress } from './lib/progress.mjs';
import { temporaryFolder } from './lib/temporary.mjs';
import { ensureN8n } from './n8n-cache.mts';
import { DEFAULT_PORT, packPackage, startN8n, type Execution, type N8nInstance } from './n8n-instance.mts';
import { CREATE_NODE, judgeOnboarding, loadOnboarding, RECORD_NODE, TRIGGER, type NewHire } from './onboarding.mts';
import { root } from './pack.mts';

const SANDBOX_PORT = 4010;
const CREDENTIAL_NAME = 'Next Matter account';

const HELP = `npm start [-- options]

Starts the Next Matter sandbox and a real n8n with this package installed, runs the onboarding example,
shows what Next Matter holds afterwards, and leaves the editor open until Ctrl-C.

  --once      end after the run; the exit code says whether the job was done
  --port N    port of the editor (default ${DEFAULT_PORT}; if it is taken, another one)
  --keep      keep n8n's data in .cache/n8n-demo, and go on with it next time
  --help      this text
`;

const print = (text = '') => process.stdout.write(`${text}\n`);

/** Colours only where somebody looks at them. */
const styled = (code: number) => (text: string) =>
	process.stdout.isTTY && !process.env.NO_COLOR ? `\u001b[${code}m${text}\u001b[0m` : text;
const bold = styled(1);
const dim = styled(2);
const green = styled(32);
const red = styled(31);

function readOptions() {
	const { values } = parseArgs({
		options: {
			once: { type: 'boolean', default: false },
			keep: { type: 'boolean', default: false },
			help: { type: 'boolean', default: false },
			port: { type: 'string', default: String(DEFAULT_PORT) },
		},
	});
	const port = Number(values.port);
	if (!Number.isInteger(port) || port < 1 || port > 65_535)
		throw new Error(`--port ${values.port} is not a port (1 to 65535).`);
	return { ...values, port };
}

function tellIfMoved(what: string, wanted: number, got: number) {
	if (wanted !== got)
		print(`  ${bold('Note:')} port ${wanted} is taken on this machine; ${what} is on port ${got} instead.`);
}

async function startSandbox(): Promise<Sandbox> {
	const port = await freePort(SANDBOX_PORT);
	const sandbox = await withProgress('Starting the Next Matter sandbox', () => createSandbox({ port }));
	tellIfMoved('the sandbox', SANDBOX_PORT, port);
	return sandbox;
}

/** The workflow that --keep left is used again, with whatever was changed in it. */
async function importOnboarding({ client }: N8nInstance, sandbox: Sandbox): Promise<string> {
	const data = { apiKey: sandbox.apiKey, baseUrl: sandbox.apiUrl };
	const credential = await client.saveCredential(CREDENTIAL_NAME, 'nextMatterApi', data);
	const test = await client.testCredential('nextMatterApi', data);
	if (test.status !== 'OK') throw new Error(`n8n's test of the credential failed: ${test.message}`);
	const workflow = await loadOnboarding();
	return (
		(await client.findWorkflow(workflow.name)) ?? (await client.importWorkflow(workflow, { nextMatterApi: credential }))
	);
}

const STATE_MARKS: Record<string, string> = {
	completed: '✔',
	active: '▶',
	waiting: '·',
	skipped: '↷',
	declined: '✖',
};

/** A form field's value in few words; the key names the kind. */
function shortValue(value: Record<string, unknown>): string {
	if (typeof value.jsonResult === 'string') {
		const [, ...rows] = JSON.parse(value.jsonResult) as string[][];
		return rows.map((row) => row.join(' / ')).join('; ');
	}
	return Object.entries(value)
		.filter(([key, part]) => part !== '' && !(key === 'formattedValue'))
		.map(([, part]) =>
			Array.isArray(part) ? part.join(', ') : typeof part === 'object' ? JSON.stringify(part) : String(part),
		)
		.join(', ');
}

function printInstance(instance: InstanceView, sandbox: Sandbox) {
	const workflow = sandbox.state.workflows.get(instance.workflowId);
	print(
		`  Instance   ${bold(String(instance.id))}  "${instance.name}"  of workflow "${workflow?.def.name}" (${instance.workflowId})`,
	);
	print(
		`  State      ${instance.status}, priority ${instance.priority ?? 'regular'}, deadline ${instance.deadline ?? 'none'}`,
	);
	print(`  Tags       ${instance.tags.join(', ') || 'none'}`);
	print('  Steps');
	for (const { def, type } of workflow?.nodes ?? []) {
		const state = instance.steps[def.id];
		if (!state || type === 'group' || type === 'parallel') continue;
		const filled = (def.actions ?? []).filter(({ id }) => instance.values[id]);
		const note = state.status === 'active' && filled.length > 0 ? ', values saved' : '';
		const text = `${STATE_MARKS[state.status] ?? ' '} ${def.name.padEnd(26)} ${state.status}${note}${state.completedTime ? ` at ${state.completedTime}` : ''}`;
		print(`    ${state.status === 'completed' ? green(text) : state.status === 'waiting' ? dim(text) : text}`);
		for (const action of filled)
			print(dim(`        ${action.name.padEnd(22)} ${shortValue(instance.values[action.id] ?? {})}`));
	}
}

interface Outcome {
	execution: Execution;
	instance: InstanceView | undefined;
	problems: string[];
	hire: NewHire | undefined;
}

async function runJob(n8n: N8nInstance, sandbox: Sandbox, workflowId: string, timezone: string): Promise<Outcome> {
	const execution = await n8n.client.runWorkflow(workflowId, TRIGGER);
	const firstOf = (node: string) => execution.data.resultData.runData[node]?.[0]?.data?.main?.[0]?.[0]?.json;
	const hire = firstOf(RECORD_NODE) as NewHire | undefined;
	const id = firstOf(CREATE_NODE)?.id;
	const instance = id === undefined ? undefined : sandbox.state.instance(Number(id));
	const problems: string[] = [];
	if (execution.status !== 'success') {
		const { error } = execution;
		problems.push(
			`The execution ended with "${execution.status}": ${error?.message ?? 'no message'} ${error?.description ?? ''}`.trim(),
		);
	}
	if (hire) problems.push(...judgeOnboarding(instance, hire, timezone));
	else problems.push(`Node "${RECORD_NODE}" gave no record.`);
	return { execution, instance, problems, hire };
}

function printSummary(outcome: Outcome, n8n: N8nInstance, sandbox: Sandbox, workflowId: string) {
	const { execution, hire, instance, problems } = outcome;
	print();
	print(bold('What was asked'));
	if (hire)
		print(`  Onboard ${hire.fullName} <${hire.email}>, ${hire.department}, ${hire.city}, from ${hire.startDate}.`);
	print(
		'  Create the instance, complete "Collect personal details", save "Order IT equipment", read the instance back.',
	);
	print();
	print(bold('What Next Matter (the sandbox) holds now'));
	if (instance) printInstance(instance, sandbox);
	else print('  No instance was created.');
	print();
	for (const problem of problems) print(red(`✖ ${problem}`));
	print(
		problems.length === 0 ? green('✔ The job was done, as the sandbox sees it.') : red('✖ The job was not done.'),
	);
	print();
	print(bold('Links'));
	print(`  Workflow   ${n8n.url}/workflow/${workflowId}`);
	print(`  Run        ${n8n.url}/workflow/${workflowId}/executions/${execution.id}`);
	print(`  Sandbox    ${sandbox.url}/control/${instance ? `instances/${instance.id}` : 'state'}`);
	print(`  Sign in    ${n8n.owner.email}   password  ${n8n.owner.password}`);
	print();
}

async function main(): Promise<number> {
	const options = readOptions();
	if (options.help) {
		print(HELP);
		return 0;
	}
	const begin = performance.now();
	// Whatever was started is ended in reverse order, also when a later step fails.
	const started = new AsyncDisposableStack();
	let askToEnd: () => void = () => undefined;
	const asked = new Promise<void>((resolve) => {
		askToEnd = resolve;
	});
	let ready = false;
	onEndSignal((signal, again) => {
		if (again || !ready) {
			process.stderr.write('\nEnding at once. The next run recovers what was left half done.\n');
			process.exit(exitCodes[signal]);
		}
		askToEnd();
	});
	try {
		const installation = await ensureN8n();
		const packFolder = await temporaryFolder('n8n-nodes-nextmatter-');
		started.defer(packFolder.remove);
		const packed = await withProgress('Building and packing the package', () => packPackage(packFolder.path));
		const sandbox = await startSandbox();
		started.defer(() => sandbox.close());
		const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone;
		const n8n = await withProgress(`Starting n8n ${installation.version} with ${packed.name} ${packed.version}`, () =>
			startN8n({
				installation,
				tarballs: [packed.tarball],
				port: options.port,
				timezone,
				userFolder: options.keep ? join(root, '.cache', 'n8n-demo') : undefined,
			}),
		);
		started.use(n8n);
		tellIfMoved('the editor', options.port, n8n.port);
		const workflowId = await withProgress('Importing the credential and the example workflow', () =>
			importOnboarding(n8n, sandbox),
		);
		const outcome = await withProgress('Running the onboarding', () => runJob(n8n, sandbox, workflowId, timezone));
		printSummary(outcome, n8n, sandbox, workflowId);
		print(dim(`Everything took ${elapsed(performance.now() - begin)}.`));
		if (!options.once) {
			ready = true;
			print(
				`The editor is open at ${bold(n8n.url)}. Ctrl-C ends it${options.keep ? '; its data stays in .cache/n8n-demo' : ', and removes its data'}.`,
			);
			await asked;
			print('\nEnding n8n and the sandbox …');
			return 0;
		}
		return outcome.problems.length === 0 ? 0 : 1;
	} finally {
		ready = true;
		await started.disposeAsync();
	}
}

try {
	process.exitCode = await main();
} catch (error) {
	process.stderr.write(`\n${red('✖')} ${error instanceof Error ? error.message : error}\n`);
	process.exitCode = 1;
}
// Whatever still holds the event loop (a keep-alive connection) must not keep the command from ending.
process.exit();
