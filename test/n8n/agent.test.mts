// The node as a tool of n8n's AI agent: what the model is told, and what its calls do in Next Matter.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { CredentialReference, Execution, Json, Workflow, WorkflowNode } from '../../scripts/n8n-instance.mts';
import { environment } from './environment.mts';
import { IT_EQUIPMENT, PERSONAL_DETAILS, WORKFLOW } from './operations.mts';
import { startScriptedModel, type OfferedTool, type Script, type ScriptedModel, type Turn } from './scripted-model.mts';
import { byId, NODE_TYPE, START, trouble } from './workflows.mts';

const AGENT = 'Agent';

/** What the button "Let the model define this parameter" writes, with a description. */
const fromAi = (key: string, description: string, type: 'string' | 'number' | 'boolean' | 'json' = 'string') =>
	`={{ /*n8n-auto-generated-fromAI-override*/ $fromAI('${key}', \`${description}\`, '${type}') }}`;

const instance = byId(fromAi('Instance', 'ID of the instance'));

/** One tool per operation, with nothing but automatic descriptions. The key is the node's name. */
const tools: Record<string, Json> = {
	'Create onboarding': {
		resource: 'instance',
		operation: 'create',
		workflowId: byId(WORKFLOW),
		additionalFields: {
			name: fromAi('Name', 'Name of the new colleague'),
			tags: fromAi('Tags', 'List of tags', 'json'),
			deadline: fromAi('Deadline', 'First day, ISO 8601'),
		},
		simplify: true,
	},
	'Complete step': {
		resource: 'step',
		operation: 'complete',
		instanceId: instance,
		stepId: byId(fromAi('Step', 'ID of an active step')),
		inputMode: 'json',
		formFieldsJson: fromAi(
			'Form_Fields__JSON_',
			'List of objects with action_id (ID of the form field) and input_object',
			'json',
		),
		simplify: true,
	},
	'List steps': { resource: 'step', operation: 'getAll', instanceId: instance, returnAll: true },
	'Get instance': { resource: 'instance', operation: 'get', instanceId: instance, options: { includeValues: true } },
	'Stop instance': { resource: 'instance', operation: 'stop', instanceId: instance },
	'Delete instance': { resource: 'instance', operation: 'delete', instanceId: instance },
};

/** The agent with the scripted model and the tools, as it would be drawn in the editor. */
function agentWorkflow(toolParameters: Record<string, Json>): Workflow {
	const node = (
		name: string,
		type: string,
		typeVersion: number,
		parameters: Json,
		credential?: string,
	): WorkflowNode => ({
		name,
		type,
		typeVersion,
		position: [0, 0],
		parameters,
		...(credential && { credentials: { [credential]: {} } }),
	});
	const names = Object.keys(toolParameters);
	return {
		name: 'Agent with Next Matter as its tools',
		nodes: [
			node(START, 'n8n-nodes-base.manualTrigger', 1, {}),
			node(AGENT, '@n8n/n8n-nodes-langchain.agent', 3.1, {
				promptType: 'define',
				text: 'Onboard Ada Byron.',
				options: { enableStreaming: false, maxIterations: 15 },
			}),
			node(
				'Model',
				'@n8n/n8n-nodes-langchain.lmChatOpenAi',
				1.3,
				{
					model: { __rl: true, mode: 'id', value: 'scripted' },
					responsesApiEnabled: false,
					options: { maxRetries: 0 },
				},
				'openAiApi',
			),
			...names.map((name) => node(name, `${NODE_TYPE}Tool`, 1, toolParameters[name]!, 'nextMatterApi')),
		],
		connections: {
			[START]: { main: [[{ node: AGENT, type: 'main', index: 0 }]] },
			Model: { ai_languageModel: [[{ node: AGENT, type: 'ai_languageModel', index: 0 }]] },
			...Object.fromEntries(names.map((name) => [name, { ai_tool: [[{ node: AGENT, type: 'ai_tool', index: 0 }]] }])),
		},
	};
}

async function withModel(run: (model: ScriptedModel, openAi: CredentialReference) => Promise<void>): Promise<void> {
	const { client } = environment();
	await using model = await startScriptedModel();
	const openAi = await client.createCredential('Scripted model', 'openAiApi', { apiKey: 'none', url: model.url });
	await run(model, openAi);
}

async function converse(
	model: ScriptedModel,
	openAi: CredentialReference,
	script: Script,
	toolParameters = tools,
): Promise<Execution> {
	const { client, credential } = environment();
	model.play(script);
	const id = await client.importWorkflow(agentWorkflow(toolParameters), {
		nextMatterApi: credential,
		openAiApi: openAi,
	});
	return await client.runWorkflow(id, START);
}

/** What a tool answered: a list of the items that it gave. */
const answersOf = ({ last }: Turn): Json[] => JSON.parse(last) as Json[];

const answerOf = (turn: Turn): Json => {
	const answers = answersOf(turn);
	assert.equal(answers.length, 1, turn.last);
	return answers[0]!;
};

suite('As a tool of an AI agent, the node', () => {
	test('starts an instance, fills in its step, reads it and stops it, as the model asks', async () => {
		const { sandbox } = environment();
		sandbox.reset();
		let id = 0;
		const seen: Json[] = [];
		await withModel(async (model, openAi) => {
			const execution = await converse(model, openAi, [
				() => ({
					call: 'Create_onboarding',
					with: { Name: 'Ada Byron', Tags: ['london', 'engineering'], Deadline: '2027-01-04T09:00:00Z' },
				}),
				(turn) => {
					const created = answerOf(turn);
					seen.push(created);
					id = Number(created.id);
					return { call: 'List_steps', with: { Instance: String(id) } };
				},
				(turn) => {
					const step = answersOf(turn).find(({ state }) => state === 'active');
					assert.equal(step?.id, PERSONAL_DETAILS);
					assert.match(JSON.stringify(step.formFields), /369584/, 'the steps come with their form fields');
					// What a model does that has only the name to go by.
					const fields = { 'Full name': 'Ada Byron' };
					return {
						call: 'Complete_step',
						with: { Instance: String(id), Step: String(PERSONAL_DETAILS), Form_Fields__JSON_: fields },
					};
				},
				({ last }) => {
					assert.match(last, /"error".*action_id/, 'the answer to a wrong form tells the right one');
					return {
						call: 'Complete_step',
						with: {
							Instance: String(id),
							Step: String(PERSONAL_DETAILS),
							Form_Fields__JSON_: [
								{ action_id: 369584, input_object: { inputValue: 'Ada Byron' } },
								{ action_id: 369585, input_object: { emailValue: 'ada@mail.example' } },
								{ action_id: 369586, input_object: { date: '2027-01-04T09:00:00Z' } },
								{ action_id: 369588, input_object: { itemSelected: 'Engineering' } },
								{ action_id: 369589, input_object: { radioItemSelected: 'Permanent' } },
							],
						},
					};
				},
				(turn) => {
					seen.push(answerOf(turn));
					return { call: 'Get_instance', with: { Instance: String(id) } };
				},
				(turn) => {
					seen.push(answerOf(turn));
					return { call: 'Stop_instance', with: { Instance: String(id) } };
				},
				(turn) => {
					seen.push(answerOf(turn));
					return { say: 'Done.' };
				},
			]);
			assert.equal(execution.status, 'success', trouble(execution));
			assert.equal(execution.items(AGENT)[0]?.json.output, 'Done.');
		});

		const now = sandbox.state.instance(id);
		assert.equal(now?.name, 'Ada Byron');
		assert.deepEqual(now?.tags, ['london', 'engineering']);
		assert.equal(Date.parse(now?.deadline ?? ''), Date.parse('2027-01-04T09:00:00Z'));
		assert.equal(now?.steps[PERSONAL_DETAILS]?.status, 'completed');
		assert.deepEqual(now?.values[369585], { emailValue: 'ada@mail.example' });
		assert.equal(now?.status, 'aborted');
		assert.deepEqual(sandbox.state.internalFaults, [], 'the sandbox kept its own schema');

		const [created, completed, got, stopped] = seen;
		assert.deepEqual(created?.activeStepIds, [PERSONAL_DETAILS]);
		assert.ok(
			(completed?.activeStepIds as number[]).includes(IT_EQUIPMENT),
			'the model sees where the instance stands',
		);
		assert.deepEqual(got?.activeStepIds, completed?.activeStepIds);
		assert.match(JSON.stringify(got?.values), /ada@mail\.example/);
		assert.deepEqual(stopped, { id, stopped: true });
	});

	test('fills in a mapped form, whose fields the model knows by their names', async () => {
		const { sandbox } = environment();
		sandbox.reset();
		const { id } = sandbox.state.createInstance(WORKFLOW, { name: 'Mapped' });
		const columns = {
			369584: fromAi('Full_name', ''),
			369585: fromAi('Private_email', ''),
			369586: fromAi('Start_date', 'ISO 8601'),
			369588: fromAi('Department', ''),
			369589: fromAi('Contract', ''),
		};
		await withModel(async (model, openAi) => {
			const execution = await converse(
				model,
				openAi,
				[
					({ tools: [tool] }) => {
						assert.deepEqual(Object.keys(tool!.parameters.properties).sort(), [
							'Contract',
							'Department',
							'Full_name',
							'Private_email',
							'Start_date',
						]);
						return {
							call: 'Personal_details',
							with: {
								Full_name: 'Ada Byron',
								Private_email: 'ada@mail.example',
								Start_date: '2027-01-04T09:00:00Z',
								Department: 'Engineering',
								Contract: 'Permanent',
							},
						};
					},
					(turn) => {
						assert.equal(answerOf(turn).id, id);
						return { say: 'Done.' };
					},
				],
				{
					'Personal details': {
						resource: 'step',
						operation: 'complete',
						instanceId: byId(id),
						stepId: byId(PERSONAL_DETAILS),
						inputMode: 'mapper',
						formFieldMapper: { mappingMode: 'defineBelow', value: columns, schema: [] },
						simplify: true,
					},
				},
			);
			assert.equal(execution.status, 'success', trouble(execution));
		});
		const now = sandbox.state.instance(id);
		assert.equal(now?.steps[PERSONAL_DETAILS]?.status, 'completed');
		assert.deepEqual(now?.values[369585], { emailValue: 'ada@mail.example' });
		assert.deepEqual(now?.values[369588], { itemSelected: 'Engineering' });
	});

	test('tells the model what went wrong, in the words of the service too', async () => {
		const { sandbox } = environment();
		sandbox.reset();
		const { id } = sandbox.state.createInstance(WORKFLOW, { name: 'Wrong' });
		const complete = (step: number, input: Json) => ({
			call: 'Complete_step',
			with: {
				Instance: String(id),
				Step: String(step),
				Form_Fields__JSON_: [{ action_id: 369585, input_object: input }],
			},
		});
		const answers: string[] = [];
		await withModel(async (model, openAi) => {
			const execution = await converse(model, openAi, [
				() => complete(PERSONAL_DETAILS, { emailValue: 'not an address' }),
				({ last }) => {
					answers.push(last);
					return complete(IT_EQUIPMENT, { emailValue: 'ada@mail.example' });
				},
				({ last }) => {
					answers.push(last);
					return { call: 'Get_instance', with: { Instance: '99999999' } };
				},
				({ last }) => {
					answers.push(last);
					return { say: 'I give up.' };
				},
			]);
			assert.equal(execution.status, 'success', trouble(execution));
		});
		assert.match(answers[0]!, /Next Matter says: .*email/i);
		assert.match(answers[1]!, /must be active in this instance.*Next Matter says:/);
		assert.match(answers[2]!, /does not exist.*Check the ID/);
		for (const answer of answers) assert.ok(!answer.includes(sandbox.apiKey), 'the key is in no answer');
		assert.equal(sandbox.state.instance(id)?.steps[PERSONAL_DETAILS]?.status, 'active');
	});

	test('tells the model what each tool does, needs and gives, and what cannot be undone', async () => {
		environment().sandbox.reset();
		let offered: OfferedTool[] = [];
		await withModel(async (model, openAi) => {
			const execution = await converse(model, openAi, [
				(turn) => {
					offered = turn.tools;
					return { say: 'Thank you.' };
				},
			]);
			assert.equal(execution.status, 'success', trouble(execution));
		});
		const descriptions = Object.fromEntries(offered.map(({ name, description }) => [name, description]));
		assert.deepEqual(
			Object.keys(descriptions).sort(),
			Object.keys(tools)
				.map((name) => name.replaceAll(' ', '_'))
				.sort(),
		);
		for (const [name, description] of Object.entries(descriptions)) {
			assert.match(description, /^Next Matter: [A-Z].*\. Needs the .*\.$/, name);
		}
		assert.match(descriptions.Create_onboarding!, /deadline \(ISO 8601\).*Returns the instance with its ID/);
		assert.match(descriptions.Complete_step!, /ID of an active step.*Returns the instance/);
		assert.match(descriptions.Delete_instance!, /permanently.*cannot be undone/);
		assert.match(descriptions.Stop_instance!, /for good.*cannot be resumed/);

		const create = offered.find(({ name }) => name === 'Create_onboarding')!;
		assert.deepEqual(Object.keys(create.parameters.properties).sort(), ['Deadline', 'Name', 'Tags']);
		assert.deepEqual(create.parameters.properties.Deadline, { type: 'string', description: 'First day, ISO 8601' });
	});

	test('has a description for the model with every operation, which the editor shows on the tool alone', async () => {
		const types = await environment().client.types('nodes');
		const propertiesOf = (name: string) =>
			types.find((type) => type.name === name)?.properties as Array<
				Json & { name: string; default: string; displayOptions?: { show?: Record<string, unknown[]> } }
			>;
		const place = ({ displayOptions }: { displayOptions?: { show?: Record<string, unknown[]> } }, value: unknown) =>
			`${String(displayOptions?.show?.resource?.[0])} ${String(value)}`;
		const properties = propertiesOf(`${NODE_TYPE}Tool`);
		const described = properties.filter(({ name }) => name === 'toolDescription');
		const offered = properties
			.filter(({ name }) => name === 'operation')
			.flatMap((choice) => (choice.options as Array<{ value: string }>).map(({ value }) => place(choice, value)));
		assert.deepEqual(
			described.map((property) => place(property, property.displayOptions?.show?.operation?.[0])).sort(),
			offered.filter((name) => !name.includes('__CUSTOM_API_CALL__')).sort(),
		);
		for (const property of described) {
			assert.deepEqual(property.displayOptions?.show?.['@tool'], [true]);
			assert.match(property.default, /^Next Matter: /);
			assert.match(property.default, /Needs /, property.default);
			assert.match(property.default, /Returns |Retrieve /, property.default);
		}
	});
});
