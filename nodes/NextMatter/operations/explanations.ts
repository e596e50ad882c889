import type { Explanation, ServiceError } from '../../kernel/errors';

/** For operations on one instance. */
export function instanceNotFound({ status }: ServiceError): Explanation | undefined {
	if (status !== 404) return undefined;
	return {
		message: "The instance in 'Instance' does not exist (404)",
		description: 'It may have been deleted, or belong to another company than the API key. Check the ID.',
	};
}

/** For operations on one workflow. */
export function workflowNotFound({ status }: ServiceError): Explanation | undefined {
	if (status !== 404) return undefined;
	return {
		message: "The workflow in 'Workflow' does not exist (404)",
		description: "Its ID is the number at the end of the workflow's URL in Next Matter.",
	};
}

/** For completing and saving a step. */
export function stepNotAccepted(error: ServiceError): Explanation | undefined {
	const { status } = error;
	if (status === 400) {
		return {
			message: "Next Matter did not accept the step in 'Step' (400)",
			description:
				'The step must be active in this instance: not reached yet, and already completed, are both refused. The form fields must belong to the step and their values fit.',
		};
	}
	if (status === 403) {
		return {
			message: "The API key's user may not fill in the step in 'Step' (403)",
			description: 'The user that the key is assigned to must be the owner of the step, the lead of the workflow or an admin.',
		};
	}
	return instanceNotFound(error);
}
