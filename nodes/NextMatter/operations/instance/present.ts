import type { IDataObject } from 'n8n-workflow';

import { simplifyInstance } from '../../api/instance';
import { readStructure } from '../../api/snapshot';
import type { Instance } from '../../api/types';
import { plainValue } from '../../formFields/plainValue';

/** An instance as output: the service's own JSON, or the ten fields with what was asked for beside them. */
export function present(
	instance: Instance,
	shape: { simplify: boolean; values?: boolean; stepTimes?: boolean },
): IDataObject {
	if (!shape.simplify) return instance;
	const output = simplifyInstance(instance);
	if (!shape.values && !shape.stepTimes) return output;
	const { steps, fields } = readStructure(instance.process_snapshot);
	if (shape.values) {
		const filled = fields.filter(({ value }) => value !== undefined);
		output.values = Object.fromEntries(filled.map(({ id, value }) => [id, plainValue(value)])) as IDataObject;
	}
	if (shape.stepTimes) {
		output.stepTimes = Object.fromEntries(
			steps.map(({ id, startedTime = null, completedTime = null }) => [id, { startedTime, completedTime }]),
		);
	}
	return output;
}
