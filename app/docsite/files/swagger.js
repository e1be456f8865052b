// `validatorUrl: null`: it would ask a third party what it thinks of the document.
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger",
  deepLinking: true,
  docExpansion: "list",
  filter: true,
  persistAuthorization: false,
  validatorUrl: null,
  // The choice of servers has no name of its own that a screen reader could say.
  onComplete: () => document.querySelector("#servers")?.setAttribute("aria-label", "Server"),
});
