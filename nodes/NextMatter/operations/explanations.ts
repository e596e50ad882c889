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

/** For reading a workflow, which the API may not offer at all. */
export function workflowNotReadable({ status }: ServiceError): Explanation | undefined {
	if (status !== 404 && status !== 405) return undefined;
	return {
		message: `The workflow in 'Workflow' was not found, or reading workflows is not offered (${status})`,
		description:
			"Check the ID: it is the number at the end of the workflow's URL in Next Matter. If it is right, this operation, which is not in the public reference, does not work in your account: 'Get Many' of 'Step' shows the same for an instance.",
	};
}

/** For operations that create an instance. */
export function instanceNotCreated(error: ServiceError): Explanation | undefined {
	if (error.failure.unclear) return { message: 'Whether the instance was created is not known' };
	const { status, fields } = error.failure;
	if (status === 400 && fields.some(({ path }) => path[0] === 'step_assignments')) {
		return {
			message: 'Next Matter did not create the instance (400)',
			description: "The workflow has steps whose assignee is selected at the start: name a user for each in 'Step Assignments'.",
		};
	}
	if (status === 400 && fields.some(({ path }) => path[0] === 'name')) {
		return {
			message: 'Next Matter did not create the instance (400)',
			description: "When the workflow names its instances automatically, 'Name' must be left out.",
		};
	}
	if (status === 400 && fields.some(({ path }) => path[0] === 'process')) {
		return {
			message: "The workflow in 'Workflow' cannot be started (400)",
			description: "Check the ID: it is the number at the end of the workflow's URL in Next Matter.",
		};
	}
	return undefined;
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

/** For lists, which the service cannot always finish in its 60 seconds. */
export function tooSlowOrNotFound(error: ServiceError): Explanation | undefined {
	if (error.status !== 504) return workflowNotFound(error);
	return {
		message: 'Next Matter took longer than 60 seconds for the list (504)',
		description: "Narrow it down, best with filters on times such as 'Started After', or take fewer with 'Limit'.",
	};
}

/** For the values of one form field. */
export function fieldNotFound(error: ServiceError): Explanation | undefined {
	if (error.status !== 404) return tooSlowOrNotFound(error);
	return {
		message: "The form field in 'Form Field' does not exist in this step and workflow (404)",
		description: "Check that 'Workflow', 'Step' and 'Form Field' belong together. Next Matter shows the IDs in the workflow editor.",
	};
}
