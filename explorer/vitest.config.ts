import { defineConfig } from "vitest/config";

// Unit tests run by themselves; those in a browser are started by tests/explorer/test_browser.py,
// which serves a run and tells its address.
const address = process.env["SHOAL_ADDRESS"];

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: {
    include: [address ? "tests/browser/**/*.test.ts" : "tests/unit/**/*.test.ts"],
    testTimeout: 90_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
