import type {
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import { describeOperations } from '../kernel/operations';
import { runOperation } from '../kernel/run';
import { nextMatterApiTest } from './methods/credentialTest';
import { searchFormFields, searchInstances, searchSteps, searchWorkflows } from './methods/listSearch';
import { getFormFields } from './methods/resourceMapping';
import { nextMatter } from './operations';

export class NextMatter implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Next Matter',
		name: 'nextMatter',
		icon: { light: 'file:../../icons/nextmatter.svg', dark: 'file:../../icons/nextmatter.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Start instances of Next Matter workflows, fill in and complete their steps, and follow them',
		defaults: { name: 'Next Matter' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'nextMatterApi', required: true, testedBy: 'nextMatterApiTest' }],
		properties: describeOperations(nextMatter),
	};

	methods = {
		credentialTest: { nextMatterApiTest },
		listSearch: { searchFormFields, searchInstances, searchSteps, searchWorkflows },
		resourceMapping: { getFormFields },
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await runOperation(this, nextMatter);
	}
}
