// What a person does in the editor, in order. Each is judged by what the sandbox holds afterwards.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { Environment } from './environment.mts';

export interface BrowserTest {
	name: string;
	/** What later tests build on: see `needed`. */
	provides?: keyof typeof needed;
	run(environment: Environment): Promise<void>;
}

const ONBOARDING = 4210;
const [PERSONAL, EQUIPMENT] = [141487, 141489];

/** Prepares what a test that was left out would have left behind. */
export const needed = {
	credential: async ({ n8n, sandbox }: Environment) => {
		await n8n.client.createCredential('Next Matter account', 'nextMatterApi', { apiKey: sandbox.apiKey, baseUrl: sandbox.apiUrl });
	},
};

/** Asks again until the assertion holds; the last time its failure is the test's. */
async function eventually(assertion: () => void, timeoutMs = 20_000): Promise<void> {
	for (const end = performance.now() + timeoutMs; performance.now() < end; await pause(100)) {
		try {
			return assertion();
		} catch {
			// Not yet.
		}
	}
	assertion();
}

const credential: BrowserTest = {
	name: 'A wrong key is told from the right one when the credential is saved',
	provides: 'credential',
	async run({ editor, sandbox, picture }) {
		await editor.openNewCredential('Next Matter API');
		await editor.type('baseUrl', sandbox.apiUrl);
		await editor.type('apiKey', 'not-the-key');
		assert.match(await editor.saveCredential(), /Next Matter is reached, but it does not accept the API key \(401\)/);
		// As it is pasted from a page that shows the whole header.
		await editor.type('apiKey', `Api-Key ${sandbox.apiKey}`);
		assert.match(await editor.saveCredential(), /Connection tested successfully/);
		await picture('credential-test');
		await editor.closeDialog();
	},
};

const mapper: BrowserTest = {
	name: 'Complete step, Mapper: the form of the chosen step shows up, and again when the step changes',
	async run({ editor, sandbox, picture }) {
		const { id } = sandbox.state.createInstance(ONBOARDING, { name: 'Jane Doe' });
		const values = () => sandbox.state.instance(id)!.values;
		await editor.newWorkflow();
		await editor.findNode('Trigger manually');
		await editor.node('When clicking').waitFor();
		await editor.findNode('Next Matter');
		await picture('node-create');
		await editor.chooseAction('Complete step');
		assert.match(await editor.listedInstead('instanceId'), /Choose a workflow first/);
		assert.deepEqual(await editor.listed('workflowId'), ['Employee onboarding', 'Purchase approval', 'Customer site visit']);
		await editor.chooseListed('Employee onboarding');
		assert.equal((await editor.listed('instanceId'))[0], 'Jane Doe (running)', 'the newest is first');
		await editor.chooseListed('Jane Doe (running)');
		assert.equal((await editor.listed('stepId'))[0], 'Collect personal details (active)', 'the active step is first');
		await editor.chooseListed('Collect personal details (active)');
		await editor.choose('inputMode', 'Mapper');
		await editor.type('369584', 'Jane Doe');
		await editor.type('369585', 'jane.doe@mail.example');
		await editor.pickTime('369586', '2026-12-01 09:30:00');
		await editor.type('369587', 'Lindenstraße 12, Berlin, 10969');
		await editor.choose('369588', 'Finance');
		await editor.choose('369589', 'Fixed term');
		await editor.type('369590', '61500.5');
		await editor.showFrom('Input Mode');
		await picture('node-form-mapper');
		await editor.execute('Jane Doe');
		assert.deepEqual(values(), {
			369584: { inputValue: 'Jane Doe' },
			369585: { emailValue: 'jane.doe@mail.example' },
			// 9:30 in the time zone of n8n
			369586: { date: '2026-12-01T12:30:00Z' },
			369587: { city: 'Berlin', street: 'Lindenstraße 12', zipCode: '10969' },
			369588: { itemSelected: 'Finance' },
			369589: { radioItemSelected: 'Fixed term' },
			369590: { numberValue: 61500.5, formattedValue: '' },
		});
		assert.equal(sandbox.state.instance(id)!.steps[PERSONAL]!.status, 'completed');
		await editor.showFrom('Credential');
		await editor.showOutput('schema');
		await picture('output');

		await editor.closeNode();
		await editor.openNode('Complete step');
		// The list is read anew: this step was not active before. (n8n itself puts the chosen entry first.)
		await editor.chooseFrom('stepId', 'Order IT equipment (active)');
		await editor.type('369592', 'Laptop, Security key');
		assert.equal(await editor.input('369584').count(), 0, 'the form of the former step is gone');
		await editor.execute('1 item');
		// The output of the first run may still be shown.
		await eventually(() => assert.deepEqual(values()[369592], { itemsChecked: ['Laptop', 'Security key'] }));
		assert.equal(sandbox.state.instance(id)!.steps[EQUIPMENT]!.status, 'completed');
		await editor.closeNode();
	},
};

const fields: BrowserTest = {
	name: 'Save and complete step, Fields: date, single select, checklist and table, each chosen from the list',
	async run({ editor, sandbox, picture }) {
		const { id } = sandbox.state.createInstance(ONBOARDING, { name: 'John Roe' });
		const values = () => sandbox.state.instance(id)!.values;
		await editor.newWorkflow();
		await editor.findNode('Trigger manually');
		await editor.findNode('Next Matter');
		await editor.chooseAction('Save step');
		await editor.chooseFrom('workflowId', 'Employee onboarding');
		await editor.chooseFrom('instanceId', 'John Roe (running)');
		await editor.chooseFrom('stepId', 'Collect personal details (active)');
		await editor.addField();
		await editor.chooseFrom('actionId', 'Start date (Date)');
		await editor.choose('type', 'Date');
		await editor.pickTime('date', '2027-01-04 08:00:00');
		await editor.addField();
		await editor.chooseFrom('actionId', 'Department (Single-Select Dropdown)');
		await editor.choose('type', 'Single-Select Dropdown');
		await editor.type('item', 'Sales');
		await editor.showFrom('Input Mode');
		await picture('node-fields');
		await editor.execute('1 item');
		assert.deepEqual(values(), { 369586: { date: '2027-01-04T11:00:00Z' }, 369588: { itemSelected: 'Sales' } });
		assert.equal(sandbox.state.instance(id)!.steps[PERSONAL]!.status, 'active', 'saved, not completed');
		await editor.closeNode();

		sandbox.state.completeStep(id, PERSONAL);
		await editor.findNode('Next Matter');
		await editor.chooseAction('Complete step');
		await editor.chooseFrom('workflowId', 'Employee onboarding');
		await editor.chooseFrom('instanceId', 'John Roe (running)');
		await editor.chooseFrom('stepId', 'Order IT equipment (active)');
		await editor.addField();
		await editor.chooseFrom('actionId', 'Equipment (Checklist)');
		await editor.choose('type', 'Checklist');
		await editor.typeList('items', 'Add Item', ['Laptop', 'Headset']);
		await editor.addField();
		await editor.chooseFrom('actionId', 'Accounts (Table)');
		await editor.choose('type', 'Table');
		await editor.typeCode('table', '[["System", "Username", "Role"], ["CRM", "john.roe", "Editor"]]');
		await editor.execute('1 item');
		assert.deepEqual(values()[369592], { itemsChecked: ['Laptop', 'Headset'] });
		assert.deepEqual(JSON.parse(String(values()[369593]!.jsonResult)), [['System', 'Username', 'Role'], ['CRM', 'john.roe', 'Editor']]);
		assert.equal(sandbox.state.instance(id)!.steps[EQUIPMENT]!.status, 'completed');
		await editor.closeNode();
	},
};

const create: BrowserTest = {
	name: 'Create an instance with additional fields, then get it',
	async run({ editor, sandbox }) {
		await editor.newWorkflow();
		await editor.findNode('Trigger manually');
		await editor.findNode('Next Matter');
		await editor.chooseAction('Create instance');
		await editor.chooseFrom('workflowId', 'Employee onboarding');
		await editor.addOption('Additional Fields', 'Name');
		await editor.type('name', 'Onboarding of Ada Byron');
		await editor.addOption('Additional Fields', 'Priority');
		await editor.choose('priority', 'Very High');
		await editor.addOption('Additional Fields', 'Tags');
		await editor.typeList('tags', 'Add Tag', ['london', 'engineering']);
		await editor.execute('1 item');
		const made = [...sandbox.state.instances.keys()].map((id) => sandbox.state.instance(id)!).find(({ name }) => name === 'Onboarding of Ada Byron');
		assert.ok(made, 'the instance was created');
		assert.equal(made.priority, 'V');
		assert.deepEqual(made.tags, ['london', 'engineering']);
		await editor.closeNode();

		await editor.findNode('Next Matter');
		await editor.chooseAction('Get instance');
		await editor.chooseFrom('workflowId', 'Employee onboarding');
		await editor.chooseFrom('instanceId', 'Onboarding of Ada Byron (running)');
		await editor.execute('Onboarding of Ada Byron', String(made.id));
		await editor.closeNode();
	},
};

const noList: BrowserTest = {
	name: 'Without a list of workflows the editor says what to do instead, and offers the workflow that was given by ID',
	async run({ editor, sandbox }) {
		sandbox.set({ processList: false });
		await editor.newWorkflow();
		await editor.findNode('Trigger manually');
		await editor.findNode('Next Matter');
		await editor.chooseAction('Get workflow');
		assert.match(await editor.listedInstead('workflowId'), /no list of workflows here\. Choose "By ID" instead of "From list"/);
		await editor.typeId('workflowId', String(ONBOARDING));
		await editor.execute('Employee onboarding');
		await editor.chooseMode('workflowId', 'From list');
		assert.deepEqual(await editor.listed('workflowId'), ['Employee onboarding']);
		await editor.chooseListed('Employee onboarding');
		await editor.closeNode();
		sandbox.set({ processList: true });
	},
};

const trigger: BrowserTest = {
	name: 'Trigger: Fetch Test Event shows a sample',
	async run({ editor, picture }) {
		await editor.newWorkflow();
		await editor.findNode('Next Matter');
		await editor.chooseAction('On instance started');
		await editor.chooseFrom('workflowId', 'Employee onboarding');
		await editor.execute('instanceStarted');
		await picture('trigger');
		await editor.closeNode();
	},
};

const dark: BrowserTest = {
	name: 'Dark theme: the icons and the nodes are seen',
	async run({ editor, picture, page }) {
		await editor.chooseTheme('Dark');
		await editor.newWorkflow();
		await editor.findNode('Next Matter');
		await editor.chooseAction('On instance started');
		await editor.chooseFrom('workflowId', 'Customer site visit');
		await editor.closeNode();
		await editor.findNode('Next Matter');
		await editor.chooseAction('Create instance');
		await editor.chooseFrom('workflowId', 'Employee onboarding');
		await editor.closeNode();
		await editor.zoomToFit();
		const icons = page.locator('[data-test-id=canvas-node] img');
		await icons.nth(1).waitFor();
		for (const icon of await icons.all()) {
			assert.match((await icon.getAttribute('src')) ?? '', /nextmatter\.dark\.svg$/);
			// Fails when the image cannot be loaded.
			await icon.evaluate('(image) => image.decode()');
		}
		await picture('dark');
	},
};

export const tests: BrowserTest[] = [credential, noList, mapper, fields, create, trigger, dark];
