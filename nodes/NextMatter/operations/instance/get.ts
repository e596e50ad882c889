import type { IDataObject } from 'n8n-workflow';

import { defineOperation, property } from '../../../kernel/operations';
import { wholeNumberId } from '../../../kernel/values';
import type { NextMatterClient } from '../../api/client';
import { simplifyInstance } from '../../api/instance';
import { readStructure } from '../../api/snapshot';
import { plainValue } from '../../formFields/plainValue';
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
	properties: [instanceId, simplify, optionsWith(includeStepTimes, includeValues)],
	plan({ instanceId: locator, simplify: simple, options }) {
		const id = wholeNumberId(locator, "'Instance'");
		const detail = { values: options.includeValues, stepTimes: options.includeStepTimes };
		return {
			lane: instanceLane(id),
			async run(client) {
				const instance = await client.getInstance(id, detail);
				if (!simple) return instance;
				const { steps, fields } = readStructure(instance.process_snapshot);
				const values = fields
					.filter(({ value }) => value !== undefined)
					.map(({ id: fieldId, value }) => [fieldId, plainValue(value)] as const);
				const times = steps.map(({ id: step, startedTime = null, completedTime = null }) => [step, { startedTime, completedTime }] as const);
				return {
					...simplifyInstance(instance),
					...(detail.values ? { values: Object.fromEntries(values) as IDataObject } : {}),
					...(detail.stepTimes ? { stepTimes: Object.fromEntries(times) as IDataObject } : {}),
				};
			},
		};
	},
	explain: instanceNotFound,
});
