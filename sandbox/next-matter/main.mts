/**
 * The sandbox from the command line.
 *
 *   node sandbox/next-matter/main.mts [--port 4010] [--host 127.0.0.1] [--key KEY] [--seed onboarding|empty]
 *                                     [--switch name=value …] [--json] [--list-switches]
 */
import { parseArgs } from 'node:util';
import { createSandbox, type Sandbox } from './server.mts';
import { seeds } from './seed.mts';
import { parseSwitch, switchTable, type Switches } from './switches.mts';
import type { StepNode } from './types.mts';

const USAGE =
	'Options: --port N (default 4010, 0 = any), --host H, --key KEY, --seed onboarding|empty, --switch name=value, --json, --list-switches';

function fail(text: string): never {
	console.error(text);
	process.exit(1);
}

function readOptions() {
	try {
		const { values } = parseArgs({
			options: {
				port: { type: 'string', default: '4010' },
				host: { type: 'string', default: '127.0.0.1' },
				key: { type: 'string' },
				seed: { type: 'string', default: 'onboarding' },
				switch: { type: 'string', multiple: true, default: [] },
				json: { type: 'boolean', default: false },
				verbose: { type: 'boolean', default: false },
				'list-switches': { type: 'boolean', default: false },
				help: { type: 'boolean', short: 'h', default: false },
			},
		});
		const port = Number(values.port);
		if (!Number.isInteger(port) || port < 0 || port > 65535) throw new Error(`"${values.port}" is no port.`);
		if (!Object.hasOwn(seeds, values.seed)) throw new Error(`There is no seed "${values.seed}".`);
		const switches: Partial<Switches> = Object.assign({}, ...values.switch.map(parseSwitch));
		return { ...values, port, seed: values.seed as keyof typeof seeds, switches };
	} catch (error) {
		return fail(`${(error as Error).message}\n${USAGE}`);
	}
}

function listSwitches() {
	for (const [name, entry] of Object.entries(switchTable)) {
		const values = 'values' in entry ? entry.values.join(' | ') : typeof entry.default;
		console.log(`${name} = ${JSON.stringify(entry.default)}   (${values})\n    ${entry.doc}`);
	}
}

function printWorkflows({ state }: Sandbox) {
	const line = (indent: number, text: string, id: number, type: string) =>
		console.log(`  ${' '.repeat(indent)}${text}`.padEnd(50) + String(id).padEnd(9) + type);
	const printStep = (node: StepNode, depth: number) => {
		line(2 + depth * 2, node.def.name, node.def.id, `step, ${node.type}`);
		for (const action of node.def.actions ?? []) {
			line(4 + depth * 2, action.name, action.id, action.type + (action.required ? ', required' : ''));
		}
		for (const child of node.children) printStep(child, depth + 1);
	};
	for (const { def, roots } of state.workflows.values()) {
		console.log('');
		line(0, def.name, def.id, 'workflow');
		for (const node of roots) printStep(node, 0);
	}
	console.log('');
	for (const { id, name, email } of state.users) line(0, `${name} <${email}>`, id, 'user');
}

function printWelcome(sandbox: Sandbox) {
	console.log(`Next Matter sandbox\n\n  API       ${sandbox.apiUrl}\n  API key   ${sandbox.apiKey}`);
	console.log(`  Schema    ${sandbox.url}/openapi.json`);
	printWorkflows(sandbox);
	console.log(`
  Control   GET ${sandbox.url}/control/state, /control/requests, /control/switches, /control/faults
            PATCH /control/switches   {"authFailureStatus": 403}
            POST /control/faults      {"kind": "status", "status": 503, "match": {"path": "/instances/"}, "times": 2}
            POST /control/instances   {"workflowId": 4210, "name": "Ada Byron"}
            POST /control/instances/ID/complete_step {"stepId": 141487}, /abort, /touch
            POST /control/reset

  Try       curl -H "Authorization: Api-Key ${sandbox.apiKey}" ${sandbox.apiUrl}/processes/4210/instances/

  Stop with Ctrl+C.`);
}

const options = readOptions();
if (options.help) {
	console.log(USAGE);
	process.exit(0);
}
if (options['list-switches']) {
	listSwitches();
	process.exit(0);
}

const { port, host, key: apiKey, seed, switches, verbose: logger } = options;
const sandbox = await createSandbox({ port, host, apiKey, seed, switches, logger }).catch(
	(error: NodeJS.ErrnoException) =>
		fail(
			error.code === 'EADDRINUSE'
				? `Port ${port} is already taken. Choose another one with --port, or 0 for any free port.`
				: error.message,
		),
);

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
	// Ctrl+C may arrive twice, from the terminal and from the parent process.
	process.on(signal, () => {
		if (stopping) return;
		stopping = true;
		void sandbox.close().then(() => process.exit(0));
	});
}

if (options.json) {
	const { url, apiUrl } = sandbox;
	console.log(`SANDBOX ${JSON.stringify({ url, apiUrl, apiKey: sandbox.apiKey })}`);
} else {
	printWelcome(sandbox);
}
