import { defineOperation, property } from '../../../kernel/operations';
import { wholeNumberId } from '../../../kernel/values';
import type { NextMatterClient } from '../../api/client';
import { simplifyInstance } from '../../api/instance';
import { stepTimes, values as valuesOf } from '../../api/snapshot';
import { instanceId, instanceLane, optionsWith, simplify } from '../parameters';
import { instanceNotFound } from '../explanations';

const includeValues = property({
	displayName: 'Include Values',
	name: 'includeValues',
	type: 'boolean',
	default: false,
	description: 'Whether to include the values of the form fields',
});

const includeStepTimes = property({
	displayName: 'Include Step Times',
	name: 'includeStepTimes',
	type: 'boolean',
	default: false,
	description: 'Whether to include the times at which steps were started and completed',
});

export const get = defineOperation<NextMatterClient>()({
	value: 'get',
	name: 'Get',
	action: 'Get instance',
	description: 'Retrieve an instance with its state',
	properties: [instanceId, simplify(true), optionsWith(includeStepTimes, includeValues)],
	plan({ instanceId: locator, simplify: simple, options }) {
		const id = wholeNumberId(locator, "'Instance'");
		const detail = { values: options.includeValues, stepTimes: options.includeStepTimes };
		return {
			lane: instanceLane(id),
			async run(client) {
				const instance = await client.getInstance(id, detail);
				if (!simple) return instance;
				return {
					...simplifyInstance(instance),
					...(detail.values ? { values: valuesOf(instance) } : {}),
					...(detail.stepTimes ? { stepTimes: stepTimes(instance) } : {}),
				};
			},
		};
	},
	explain: instanceNotFound,
});
