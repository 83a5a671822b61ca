#!/usr/bin/env node
// In a clone npm links this command before there is a build, so it lies beside the build, not in it.
import "../dist/cli/main.js";
