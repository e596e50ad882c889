/**
 * The jest environment of this project: the tests run in Node's own context, next to n8n.
 *
 * jest's stock environment gives each test file a context with an `Error`, an `Array` and a `Date`
 * of its own. What Node, axios or n8n create comes from the other context, so `instanceof` answers
 * there differently from production, and n8n (2,000 modules) would have to be loaded again for each
 * file. Here there is one context, and what lies outside the tests is loaded by Node itself, once
 * per worker (see `outside.cjs`).
 */
const vm = require('node:vm');

/** Stands for "no context of its own" where jest insists on a context. */
const OWN_CONTEXT = vm.createContext({});

const { compileFunction } = vm;
vm.compileFunction = (code, parameters, options) =>
	options?.parsingContext === OWN_CONTEXT
		? compileFunction(code, parameters, {
				filename: options.filename,
				importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
			})
		: compileFunction(code, parameters, options);

module.exports = class OneContextEnvironment {
	/** @param {import('@jest/environment').JestEnvironmentConfig} config */
	constructor({ globalConfig, projectConfig }) {
		// Not at the top: while jest loads this file, its transforms reach what the file requires.
		const { ModernFakeTimers } = require('@jest/fake-timers');
		const { ModuleMocker } = require('jest-mock');
		this.coverage = require('./coverage.cjs');
		this.outside = require('./outside.cjs');

		this.global = globalThis;
		this.moduleMocker = new ModuleMocker(globalThis);
		this.fakeTimers = null;
		this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis });
		// jest replaces both for the length of a file, and leaves it to the context's end to undo it.
		this.kept = { console: globalThis.console, exit: process.exit };
		if (globalConfig.collectCoverage) this.coverage.start(projectConfig.rootDir);
	}

	exportConditions() {
		return ['node', 'node-addons'];
	}

	getVmContext() {
		return OWN_CONTEXT;
	}

	async setup() {
		// State that a module of ours keeps (a pacing table, a log-in under way) ends with the file.
		this.outside.forgetPackages();
		this.coverage.zero();
	}

	async teardown() {
		this.fakeTimersModern.dispose();
		globalThis.console = this.kept.console;
		process.exit = this.kept.exit;
	}
};
