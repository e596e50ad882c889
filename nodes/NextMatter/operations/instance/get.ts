import { defineOperation } from '../../../kernel/operations';
import { property } from '../../../kernel/parameters';
import { wholeNumberId } from '../../../kernel/values';
import type { NextMatterClient } from '../../api/client';
import { instanceNotFound } from '../explanations';
import { includeValues, instanceLane, instanceLocator, optionsWith, simplify } from '../parameters';
import { present } from './present';

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
	description: 'Retrieve an instance with its state. Needs the instance. Returns ten fields if simplified, among them status (running, completed or aborted) and activeStepIds (the steps that can be completed now).',
	properties: [...instanceLocator, simplify, optionsWith(includeStepTimes, includeValues)],
	plan({ instanceId, simplify: simple, options }) {
		const id = wholeNumberId(instanceId, "'Instance'");
		const detail = { values: options.includeValues, stepTimes: options.includeStepTimes };
		return {
			lane: instanceLane(id),
			run: async (client) => present(await client.getInstance(id, detail), { simplify: simple, ...detail }),
		};
	},
	explain: instanceNotFound,
});
