import type {
	INodeExecutionData,
	INodeProperties,
	INodeType,
	INodeTypeDescription,
	IPollFunctions,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import { nextMatterApiTest } from './methods/credentialTest';
import { searchFormFields, searchSteps, searchWorkflows } from './methods/listSearch';
import { eventFilters } from './operations/filters';
import { actionId, stepId, workflowId } from './operations/parameters';
import { events } from './trigger/events';
import { pollEvents } from './trigger/poll';

const eventsThatNeed = (parameter: 'stepId' | 'actionId') => ({
	show: { event: events.filter(({ needs }) => needs.includes(parameter)).map(({ value }) => value) },
});

export class NextMatterTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Next Matter Trigger',
		name: 'nextMatterTrigger',
		icon: { light: 'file:../../icons/nextmatter.svg', dark: 'file:../../icons/nextmatter.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{ $parameter["event"] }}',
		description: 'Starts the workflow when something happens in a Next Matter workflow',
		defaults: { name: 'Next Matter Trigger' },
		polling: true,
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'nextMatterApi', required: true, testedBy: 'nextMatterApiTest' }],
		properties: [
			workflowId as unknown as INodeProperties,
			{
				displayName: 'Trigger On',
				name: 'event',
				type: 'options',
				noDataExpression: true,
				options: events.map(({ name, value, description }) => ({ name, value, description })),
				default: 'instanceStarted',
				description: 'The event that starts the workflow',
			},
			{ ...stepId, displayOptions: eventsThatNeed('stepId') } as unknown as INodeProperties,
			{ ...actionId, displayOptions: eventsThatNeed('actionId') } as unknown as INodeProperties,
			{
				displayName: 'Filters',
				name: 'filters',
				type: 'collection',
				placeholder: 'Add Filter',
				default: {},
				description: 'Only instances that meet all of these',
				options: eventFilters as unknown as INodeProperties[],
			},
			{
				displayName: 'Options',
				name: 'options',
				type: 'collection',
				placeholder: 'Add Option',
				default: {},
				options: [
					{
						displayName: 'Include Details',
						name: 'includeDetails',
						type: 'boolean',
						default: false,
						description:
							'Whether to read each instance and give its tags, deadline, active steps and times too. Costs one request for each event.',
					},
				],
			},
		],
	};

	methods = {
		credentialTest: { nextMatterApiTest },
		listSearch: { searchFormFields, searchSteps, searchWorkflows },
	};

	async poll(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		return await pollEvents(this);
	}
}
