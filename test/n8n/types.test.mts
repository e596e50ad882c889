// The node types and the credential, as n8n serves them to its editor.
import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import type { DynamicParameterRequest, Json } from '../../scripts/n8n-instance.mts';
import { environment } from './environment.mts';
import { operationCases, PERSONAL_DETAILS, WORKFLOW } from './operations.mts';
import { byId, NODE_TYPE, TRIGGER_TYPE } from './workflows.mts';

interface Property extends Json {
	name: string;
	type: string;
	options?: Array<{ name: string; value: string; action?: string }>;
	modes?: Array<{ name: string; typeOptions?: { searchListMethod?: string } }>;
	displayOptions?: { show?: Record<string, string[]> };
}

interface NodeType extends Json {
	name: string;
	displayName: string;
	iconUrl?: string | { light: string; dark: string };
	properties: Property[];
	credentials?: Array<{ name: string; required?: boolean }>;
	outputs: unknown;
	codex?: { categories?: string[] };
}

async function nodeType(name: string): Promise<NodeType> {
	const types = (await environment().client.types('nodes')) as unknown as NodeType[];
	const found = types.filter((type) => type.name === name);
	assert.equal(found.length, 1, `n8n serves ${found.length} node types ${name}`);
	return found[0]!;
}

async function assertIcons(urls: string | { light: string; dark: string } | undefined) {
	assert.ok(urls, 'there is an icon');
	for (const url of typeof urls === 'string' ? [urls] : [urls.light, urls.dark]) {
		const response = await environment().client.fetch('GET', `/${url}`);
		assert.equal(response.status, 200, `${url} is served`);
		assert.match(await response.text(), /<svg[\s>]/, `${url} is a drawing`);
	}
}

suite('The node type', () => {
	test('is served under its installed name, with credential, codex and icons for both themes', async () => {
		const type = await nodeType(NODE_TYPE);
		assert.equal(type.displayName, 'Next Matter');
		assert.equal(type.credentials?.[0]?.name, 'nextMatterApi');
		assert.ok((type.codex?.categories?.length ?? 0) > 0, 'the codex file was read');
		assert.equal(typeof type.iconUrl, 'object', 'there are two icons');
		await assertIcons(type.iconUrl);
	});

	test('has a twin that AI agents use as a tool', async () => {
		const type = await nodeType(`${NODE_TYPE}Tool`);
		assert.deepEqual(type.outputs, ['ai_tool']);
		assert.ok(type.properties.some(({ name }) => name === 'toolDescription'));
		await assertIcons(type.iconUrl);
	});

	test('has a trigger beside it, with icons and codex of its own', async () => {
		const type = await nodeType(TRIGGER_TYPE);
		assert.equal(type.displayName, 'Next Matter Trigger');
		assert.equal(type.polling, true);
		assert.ok((type.codex?.categories?.length ?? 0) > 0, 'the codex file was read');
		await assertIcons(type.iconUrl);
	});

	test('offers every operation that is tested here, each with an action text', async () => {
		const { properties } = await nodeType(NODE_TYPE);
		for (const { resource, operation } of operationCases) {
			const choice = properties.find(
				({ name, displayOptions }) => name === 'operation' && displayOptions?.show?.resource?.includes(resource),
			);
			const option = choice?.options?.find(({ value }) => value === operation);
			assert.ok(option?.action, `${resource} ${operation} has an action text`);
		}
	});

	test('has no operation without a test here', async () => {
		const { properties } = await nodeType(NODE_TYPE);
		const offered = properties
			.filter(({ name }) => name === 'operation')
			.flatMap(({ options, displayOptions }) =>
				(displayOptions?.show?.resource ?? []).flatMap((resource) =>
					(options ?? []).map(({ value }) => `${resource} ${value}`),
				),
			);
		// n8n itself adds "Custom API Call" to nodes whose credential its HTTP Request node can use.
		const own = offered.filter((name) => !name.includes('__CUSTOM_API_CALL__'));
		const tested = operationCases.map(({ resource, operation }) => `${resource} ${operation}`);
		assert.deepEqual([...new Set(own)].sort(), [...new Set(tested)].sort());
	});

	const propertiesOf = async (name: string) =>
		(await nodeType(name)).properties.map((property) => ({ name, property }));

	/** Calls a method of the editor for every parameter that names one, each with its resource and operation. */
	async function forEachMethod(
		t: TestContext,
		methodOf: (property: Property) => string | undefined,
		call: (request: DynamicParameterRequest) => Promise<void>,
	) {
		const { credential, sandbox } = environment();
		sandbox.reset();
		// Whether the service lists its workflows is not documented; here it does.
		sandbox.set({ processList: true });
		const { id } = sandbox.state.createInstance(WORKFLOW, { name: 'For the lists' });
		for (const { name, property } of [...(await propertiesOf(NODE_TYPE)), ...(await propertiesOf(TRIGGER_TYPE))]) {
			const methodName = methodOf(property);
			if (!methodName) continue;
			// The first of each: enough to make n8n show the parameter.
			const shownFor = Object.entries(property.displayOptions?.show ?? {}).map(([key, values]) => [key, values[0]]);
			await t.test(
				`${property.name} of ${shownFor.map(([, value]) => value).join(' ') || 'every event'} (${methodName})`,
				() =>
					call({
						nodeType: { name, version: 1 },
						methodName,
						path: property.name,
						currentNodeParameters: {
							...Object.fromEntries(shownFor),
							workflowId: byId(WORKFLOW),
							instanceId: byId(id),
							stepId: byId(PERSONAL_DETAILS),
						},
						credentials: { nextMatterApi: credential },
					}),
			);
		}
		sandbox.reset();
	}

	test('fills every list it offers', async (t) => {
		await forEachMethod(
			t,
			({ modes }) => modes?.find(({ name }) => name === 'list')?.typeOptions?.searchListMethod,
			async (request) => {
				const { results } = await environment().client.listSearch(request);
				assert.ok(
					results.some(({ name, value }) => name && value),
					`a list with entries: ${JSON.stringify(results)}`,
				);
			},
		);
	});

	test('gives the columns of every mapper it offers', async (t) => {
		await forEachMethod(
			t,
			({ typeOptions }) =>
				(typeOptions as { resourceMapper?: { resourceMapperMethod?: string } } | undefined)?.resourceMapper
					?.resourceMapperMethod,
			async (request) => {
				const { fields } = await environment().client.mapperFields(request);
				assert.ok(
					fields.some(({ id }) => id === '369584'),
					`the form's fields: ${JSON.stringify(fields).slice(0, 300)}`,
				);
			},
		);
	});
});

suite('The credential type', () => {
	test('is served with its properties and icon, for the node', async () => {
		const types = await environment().client.types('credentials');
		const type = types.find(({ name }) => name === 'nextMatterApi') as
			| (Json & { properties: Property[]; supportedNodes?: string[] })
			| undefined;
		assert.ok(type, 'n8n serves the credential type');
		assert.deepEqual(type.supportedNodes?.toSorted(), [NODE_TYPE, TRIGGER_TYPE]);
		const apiKey = type.properties.find(({ name }) => name === 'apiKey');
		assert.equal((apiKey?.typeOptions as Json | undefined)?.password, true, 'the key is not shown');
		assert.equal(type.properties.find(({ name }) => name === 'baseUrl')?.default, 'https://core.nextmatter.com/api');
		await assertIcons(type.iconUrl as string | { light: string; dark: string });
	});
});
