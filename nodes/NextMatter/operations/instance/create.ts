import { defineOperation } from '../../../kernel/operations';
import type { NextMatterClient } from '../../api/client';
import { instanceNotCreated } from '../explanations';
import { optionsWith, simplifyOnDemand } from '../parameters';
import { present } from './present';
import { planStart, startInstance, startLane, startProperties } from './start';

export const create = defineOperation<NextMatterClient>()({
	value: 'create',
	name: 'Create',
	action: 'Create instance',
	description:
		'Start a new instance of a workflow. Needs the workflow; name, deadline (ISO 8601), priority and tags are optional. Returns the instance with its ID and active steps.',
	properties: [...startProperties, simplifyOnDemand, optionsWith()],
	plan(values, { timezone }) {
		const start = planStart(values, timezone);
		return {
			lane: startLane(start),
			async run(client) {
				const { instance } = await startInstance(client, start);
				return present(instance, values);
			},
		};
	},
	explain: instanceNotCreated,
});
