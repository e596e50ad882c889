import { InputError } from '../../kernel/errors';
import type { Property } from '../../kernel/parameters';
import { property } from '../../kernel/parameters';
import { wholeNumberId } from '../../kernel/values';
import type { StepAssignment } from '../api/types';
import { DEFAULT_TIMEOUT_MS } from '../api/connection';

/**
 * Items at the same time. With an answer in 100 ms five already reach 40 requests a second, and use
 * up the documented 100 a minute in three seconds; more would only be more to hold back.
 */
export const DEFAULT_CONCURRENCY = 5;

const ONLY_DIGITS = '^\\s*[0-9]+\\s*$';
const URL_WITH_ID = '^\\s*https?://.*/[0-9]+.*$';

/** The three ways to name something of Next Matter: from a list, by URL, by ID. */
const modes = (searchListMethod: string, url: string, id: string) => ({
	modes: [
	{
		displayName: 'From List',
		name: 'list',
		type: 'list',
		typeOptions: { searchListMethod, searchable: true },
	},
	{
		displayName: 'By URL',
		name: 'url',
		type: 'string',
		placeholder: `e.g. ${url}`,
		validation: [
			{ type: 'regex', properties: { regex: URL_WITH_ID, errorMessage: 'The URL has no ID in it' } },
		],
	},
	{
		displayName: 'By ID',
		name: 'id',
		type: 'string',
		placeholder: `e.g. ${id}`,
		validation: [
			{ type: 'regex', properties: { regex: ONLY_DIGITS, errorMessage: 'An ID has digits only' } },
		],
	},
],
});

const NOTHING_CHOSEN = { mode: 'list', value: '' };

export const workflowId = property({
	displayName: 'Workflow',
	name: 'workflowId',
	type: 'resourceLocator',
	required: true,
	default: NOTHING_CHOSEN,
	description: 'The workflow. Its ID is the number at the end of its URL in Next Matter.',
	...modes('searchWorkflows', 'https://app.nextmatter.com/…/4210', '4210'),
});

const instanceId = property({
	displayName: 'Instance',
	name: 'instanceId',
	type: 'resourceLocator',
	required: true,
	default: NOTHING_CHOSEN,
	description: 'The instance, by the ID that creating it gives, or by its URL in Next Matter',
	...modes('searchInstances', 'https://app.nextmatter.com/…/918273', '918273'),
});

/** Fills the instance list, which the API gives per workflow only. */
const workflowOfList = property({
	displayName: 'Workflow',
	name: 'workflowId',
	type: 'resourceLocator',
	default: NOTHING_CHOSEN,
	description: 'The workflow whose instances are listed. It changes nothing else.',
	hint: 'Only fills the lists below. Leave it empty when you give the instance by ID, URL or expression.',
	...modes('searchWorkflows', 'https://app.nextmatter.com/…/4210', '4210'),
	editorOnly: true,
});

/** How an operation names its instance. */
export const instanceLocator = [workflowOfList, instanceId] as const;

export const stepId = property({
	displayName: 'Step',
	name: 'stepId',
	type: 'resourceLocator',
	required: true,
	default: NOTHING_CHOSEN,
	description: "The step. Its ID stands in the step's URL in Next Matter.",
	...modes('searchSteps', 'https://app.nextmatter.com/…/141487', '141487'),
});

export const actionId = property({
	displayName: 'Form Field',
	name: 'actionId',
	type: 'resourceLocator',
	required: true,
	default: NOTHING_CHOSEN,
	description: 'The form field. Next Matter shows its ID in the workflow editor.',
	...modes('searchFormFields', 'https://app.nextmatter.com/…/369584', '369584'),
});

export const additionalFields = property({
	displayName: 'Additional Fields',
	name: 'additionalFields',
	type: 'collection',
	placeholder: 'Add Field',
	default: {},
	options: [
		{
			displayName: 'Deadline',
			name: 'deadline',
			type: 'dateTime',
			default: '',
			description: 'Time by which the instance shall be completed. Without an offset it is read in the time zone of the workflow.',
		},
		{
			displayName: 'Deduplication Key',
			name: 'deduplicationKey',
			type: 'string',
			default: '',
			placeholder: 'e.g. deal-8841',
			description:
				'Makes creating safe to repeat: the key becomes a tag, and when an instance of the workflow already carries it, that one is returned instead of a second one. Two n8n workers that create at the very same instant cannot see each other: then there may still be two.',
		},
		{
			displayName: 'Name',
			name: 'name',
			type: 'string',
			default: '',
			placeholder: 'e.g. Onboarding of Jane Doe',
			description: 'At most 255 characters. Leave empty when the workflow names its instances automatically.',
		},
		{
			displayName: 'Priority',
			name: 'priority',
			type: 'options',
			options: [
				{ name: 'Regular', value: '' },
				{ name: 'High', value: 'H' },
				{ name: 'Very High', value: 'V' },
			],
			default: '',
			description: 'How urgent the instance is',
		},
		{
			displayName: 'Tags',
			name: 'tags',
			type: 'string',
			typeOptions: { multipleValues: true, multipleValueButtonText: 'Add Tag' },
			default: [],
			placeholder: 'e.g. hr',
			description: 'Texts to find the instance by. An expression may give a list.',
		},
	],
});

export const stepAssignments = property({
	displayName: 'Step Assignments',
	name: 'stepAssignments',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true, multipleValueButtonText: 'Add Assignment' },
	placeholder: 'Add Assignment',
	default: {},
	description: "Who does which step. Needed for steps whose assignee is 'Select user at workflow start'.",
	options: [
		{
			displayName: 'Assignment',
			name: 'assignment',
			values: [
				{ ...stepId, required: false },
				{
					displayName: 'User ID',
					name: 'userId',
					type: 'string',
					default: '',
					placeholder: 'e.g. 5012',
					description: 'ID of the user in Next Matter. The API cannot list users: the support of Next Matter tells the IDs.',
				},
			],
		},
	],
});

export const simplify = property({
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	description: 'Whether to return a simplified version of the response instead of the raw data',
});

/** For operations that write: what was sent and what came back shall be comparable. */
export const simplifyOnDemand = property({ ...simplify, default: false });

export const includeValues = property({
	displayName: 'Include Values',
	name: 'includeValues',
	type: 'boolean',
	default: false,
	description: 'Whether to include the values of the form fields',
});

const concurrency = property({
	displayName: 'Max Concurrent Requests',
	name: 'concurrency',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: 50, numberPrecision: 0 },
	default: DEFAULT_CONCURRENCY,
	description: 'How many items are worked on at the same time. Items on the same instance always run one after the other.',
});

const requestsPerMinute = property({
	displayName: 'Requests per Minute',
	name: 'requestsPerMinute',
	type: 'number',
	typeOptions: { minValue: 0, numberPrecision: 0 },
	default: 0,
	description:
		'Most requests in any 60 seconds; 0 for no own limit. Next Matter documents 100 a minute. When it says that the limit is reached, the node waits as long as it asks and goes on.',
});

const timeout = property({
	displayName: 'Timeout',
	name: 'timeout',
	type: 'number',
	typeOptions: { minValue: 1, numberPrecision: 0 },
	default: DEFAULT_TIMEOUT_MS,
	description: 'How long to wait for an answer, in milliseconds. Next Matter itself gives up after 60,000.',
});

/** Options of an operation: its own and those of every run, in alphabetical order. */
export function optionsWith<const L extends readonly Property[]>(...own: L) {
	return {
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		options: [...own, concurrency, requestsPerMinute, timeout].sort((a, b) =>
			a.displayName.localeCompare(b.displayName),
		) as unknown as readonly [...L, typeof concurrency, typeof requestsPerMinute, typeof timeout],
	} as const;
}

/** The assignments in wire form. Throws `InputError`. */
export function toStepAssignments(assignments: Array<{ stepId?: string; userId?: string }>): StepAssignment[] {
	const seen = new Set<number>();
	return assignments.map(({ stepId: step, userId: user }, index) => {
		const where = `'Step Assignments' entry ${index + 1}`;
		const step_id = wholeNumberId(step, `'Step' in ${where}`);
		const user_id = wholeNumberId(user, `'User ID' in ${where}`);
		if (seen.has(step_id)) {
			throw new InputError(`${where} assigns the step ${step_id} a second time`, 'A step has one assignee: remove one of the entries.');
		}
		seen.add(step_id);
		return { step_id, user_id };
	});
}

const MAX_NAME = 255;

/** A name that fits. Throws `InputError`. */
export function instanceName(name: string): string {
	const { length } = [...name];
	if (length > MAX_NAME) {
		throw new InputError(`'Name' has ${length} characters`, `At most ${MAX_NAME} are possible: shorten it.`);
	}
	return name;
}

/** The instance's lane: items on the same instance run in input order. */
export const instanceLane = (id: number): string => `instance ${id}`;

/** At which row a list ends: `undefined` for all. */
export const pagingProperties = [
	property({
		displayName: 'Return All',
		name: 'returnAll',
		type: 'boolean',
		default: false,
		description: 'Whether to return all results or only up to a given limit',
	}),
	property({
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		typeOptions: { minValue: 1, numberPrecision: 0 },
		default: 50,
		displayOptions: { show: { returnAll: [false] } },
		description: 'Max number of results to return',
	}),
] as const;

/** The limit in force. Throws `InputError` when it is not a whole number above 0. */
export function rowLimit({ returnAll, limit }: { returnAll: boolean; limit?: number }): number | undefined {
	if (returnAll) return undefined;
	if (limit === undefined || !Number.isInteger(limit) || limit < 1) {
		throw new InputError(`'Limit' is not a whole number above 0: ${limit}`, "Enter 1 or more, or turn on 'Return All'.");
	}
	return limit;
}
