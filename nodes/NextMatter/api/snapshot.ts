import type { IDataObject } from 'n8n-workflow';
import type { Instance } from './types';

export function values(_instance: Instance): IDataObject {
	return {};
}
export function stepTimes(_instance: Instance): IDataObject {
	return {};
}
