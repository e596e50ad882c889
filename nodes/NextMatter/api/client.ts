import type { FieldInput } from '../formFields';
import type { Connection } from './connection';
import type { Instance, InstanceFields } from './types';

export interface InstanceDetail {
	/** Values of the form fields inside the snapshot (`inject_values`). */
	values?: boolean;
	/** Times of the steps inside the snapshot (`steps_time_frame`). */
	stepTimes?: boolean;
}

/** The calls of the Next Matter API: paths and wire names. Every ID is a whole number here. */
export class NextMatterClient {
	constructor(private readonly connection: Connection) {}

	private url(path: string): string {
		return `${this.connection.baseUrl}${path}`;
	}

	/** `POST /instances/`. Not idempotent: sent once. */
	async createInstance(workflowId: number, fields: InstanceFields): Promise<Instance> {
		return (await this.connection.send({
			method: 'POST',
			url: this.url('/instances/'),
			body: { process: this.url(`/processes/${workflowId}/`), ...fields },
			effect: 'once',
			expectsJson: true,
		})) as Instance;
	}

	/** `GET /instances/{id}/`. */
	async getInstance(id: number, { values, stepTimes }: InstanceDetail = {}): Promise<Instance> {
		return (await this.connection.send({
			method: 'GET',
			url: this.url(`/instances/${id}/`),
			query: { inject_values: values || undefined, steps_time_frame: stepTimes || undefined },
			effect: 'read',
			expectsJson: true,
		})) as Instance;
	}

	/** `PUT /instances/{id}/`: replaces what can be written, so `fields` must be complete. */
	async replaceInstance(id: number, fields: InstanceFields & { process?: string }): Promise<Instance> {
		return (await this.connection.send({
			method: 'PUT',
			url: this.url(`/instances/${id}/`),
			body: fields,
			effect: 'repeatable',
			expectsJson: true,
		})) as Instance;
	}

	/** `POST /instances/{id}/complete_step/`: saving twice stores the same, completing twice is refused. */
	async completeStep(
		id: number,
		stepId: number,
		actions: FieldInput[],
		mode: 'complete' | 'save',
	): Promise<Instance> {
		return (await this.connection.send({
			method: 'POST',
			url: this.url(`/instances/${id}/complete_step/`),
			body: { step_id: stepId, actions, mode },
			effect: mode === 'save' ? 'repeatable' : 'once',
			expectsJson: true,
		})) as Instance;
	}
}
