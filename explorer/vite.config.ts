import { defineConfig } from "vite";

const static_folder = "../src/shoal/views/explorer/static";

// Two builds: the page that the server sends, and the module that a notebook loads.
export default defineConfig(({ mode }) => ({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  // relative, so that the page works behind any prefix
  base: "./",
  build:
    mode === "widget"
      ? {
          outDir: `${static_folder}/widget`,
          emptyOutDir: true,
          lib: {
            entry: "src/widget.tsx",
            formats: ["es"],
            fileName: "widget",
            cssFileName: "widget",
          },
        }
      : {
          outDir: static_folder,
          emptyOutDir: true,
          modulePreload: false,
          assetsInlineLimit: 0,
          rolldownOptions: {
            output: { entryFileNames: "assets/page.js", assetFileNames: "assets/page.[ext]" },
          },
        },
}));
