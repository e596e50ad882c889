import type { IDataObject } from 'n8n-workflow';

import type { Instance } from './types';

/** The state that the API does not name on a retrieved instance. */
export function instanceStatus(instance: Instance): 'aborted' | 'completed' | 'running' {
	if (instance.aborted_time) return 'aborted';
	return instance.completed_time ? 'completed' : 'running';
}

/** The number at the end of a resource URI, such as `…/processes/4210/`. */
export function idOfUri(uri: unknown): number | null {
	const match = /(\d+)\/?$/.exec(String(uri ?? ''));
	return match ? Number(match[1]) : null;
}

/** The ten fields that most workflows need. */
export function simplifyInstance(instance: Instance): IDataObject {
	return {
		id: instance.id,
		name: instance.name ?? '',
		status: instanceStatus(instance),
		workflowId: idOfUri(instance.process),
		activeStepIds: instance.active_step_ids ?? [],
		tags: instance.tags ?? [],
		priority: instance.priority ?? null,
		deadline: instance.deadline ?? null,
		startedTime: instance.started_time ?? null,
		endedTime: instance.aborted_time ?? instance.completed_time ?? null,
	};
}
