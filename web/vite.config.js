// The orchestrator serves these pages, its WHIP and WHEP routes, and nothing else: one origin, so the policy can say 'self'.
// In development Vite's server stands in front of an orchestrator and passes those routes on.
const orchestrator = process.env.HEADWATER_ORCHESTRATOR ?? "http://127.0.0.1:8080";
const route = { target: orchestrator, changeOrigin: true, secure: false };

/** Of any page. `network`: of those that read a chain at the address that the site's network.json names, and show wallets' icons. */
const policy = (network) =>
  [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    `img-src 'self'${network ? " data:" : ""}`,
    "media-src 'self' blob:",
    `connect-src 'self'${network ? " https: http://127.0.0.1:* http://localhost:*" : ""}`,
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");

/** Puts the policy into the built pages only: Vite's development server needs inline styles. */
const contentSecurityPolicy = {
  name: "content-security-policy",
  apply: "build",
  transformIndexHtml: (_, { path }) => [
    {
      tag: "meta",
      attrs: {
        "http-equiv": "Content-Security-Policy",
        content: policy(!path.startsWith("/watch/")),
      },
      injectTo: "head-prepend",
    },
  ],
};

export default {
  appType: "mpa",
  plugins: [contentSecurityPolicy],
  // The package finds its wasm beside itself, which pre-bundling would break.
  optimizeDeps: { exclude: ["@headwater/light-node"] },
  server: { proxy: { "/whip": route, "/whep": route, "/manifest": route, "/session": route, "/offer": route } },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { broadcast: "index.html", watch: "watch/index.html", payments: "payments/index.html", stake: "stake/index.html" } },
  },
};
