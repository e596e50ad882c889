// The two that are compared, as a user would set them up in n8n: our node, and n8n's HTTP Request node with our
// credential. Everything else in the workflows is n8n's own.
import type { Json, Workflow, WorkflowNode } from '../scripts/n8n-instance.mts';
import { byId, NODE_TYPE, START } from '../test/n8n/workflows.mts';

/** A node without its place on the canvas. */
export type Step = Omit<WorkflowNode, 'position'>;

/** Nodes in a row behind a trigger that gives the items. */
export function chain(items: Json[], steps: Step[]): Workflow {
	const start: Step = { name: START, type: 'n8n-nodes-base.manualTrigger', typeVersion: 1, parameters: {} };
	const nodes = [start, ...steps].map((step, index) => ({ ...step, position: [220 * index, 0] }) as WorkflowNode);
	const connections = Object.fromEntries(
		nodes
			.slice(0, -1)
			.map(({ name }, index) => [name, { main: [[{ node: nodes[index + 1]!.name, type: 'main', index: 0 }]] }]),
	);
	return { name: 'Benchmark', nodes, connections, pinData: { [START]: items.map((json) => ({ json })) } };
}

export function ours(parameters: Json, settings: Partial<WorkflowNode> = {}): Step {
	return {
		name: 'Next Matter',
		type: NODE_TYPE,
		typeVersion: 1,
		parameters,
		credentials: { nextMatterApi: {} },
		...settings,
	};
}

interface HttpCall {
	name?: string;
	method: string;
	/** Below the API's address, or an expression that gives the rest of it. */
	url: string;
	/** The JSON body, as an expression. */
	body?: string;
	options?: Json;
	query?: Record<string, string>;
}

export function http(
	{ name = 'HTTP Request', method, url, body, query, options = {} }: HttpCall,
	settings: Partial<WorkflowNode> = {},
): Step {
	return {
		name,
		type: 'n8n-nodes-base.httpRequest',
		typeVersion: 4.4,
		parameters: {
			method,
			url,
			authentication: 'predefinedCredentialType',
			nodeCredentialType: 'nextMatterApi',
			...(query && {
				sendQuery: true,
				queryParameters: { parameters: Object.entries(query).map(([key, value]) => ({ name: key, value })) },
			}),
			...(body && { sendBody: true, specifyBody: 'json', jsonBody: body }),
			options,
		},
		credentials: { nextMatterApi: {} },
		...settings,
	};
}

export const batching = (batchSize: number, batchInterval: number) => ({
	batching: { batch: { batchSize, batchInterval } },
});

/** Asks for page after page, as long as the answer names a next one. */
export const followNext = {
	pagination: {
		pagination: {
			paginationMode: 'responseContainsNextURL',
			nextURL: '={{ $response.body.next }}',
			paginationCompleteWhen: 'other',
			completeExpression: '={{ !$response.body.next }}',
		},
	},
};

export const splitOut = (field: string): Step => ({
	name: 'Split Out',
	type: 'n8n-nodes-base.splitOut',
	typeVersion: 1,
	parameters: { fieldToSplitOut: field, options: {} },
});

/** All items' values of a field in one list. */
export const aggregate = (field: string): Step => ({
	name: 'Aggregate',
	type: 'n8n-nodes-base.aggregate',
	typeVersion: 1,
	parameters: {
		aggregate: 'aggregateIndividualFields',
		fieldsToAggregate: { fieldToAggregate: [{ fieldToAggregate: field }] },
		options: {},
	},
});

export { byId };
