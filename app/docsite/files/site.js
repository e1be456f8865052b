// Two conveniences, without which every page works: examples call the platform that shows them, and can be copied.

for (const block of document.querySelectorAll("pre.sh code, pre.python code, pre.js code")) {
  block.textContent = block.textContent.replaceAll(/http:\/\/127\.0\.0\.1:(8000|\$\{PORT:-8000\})/g, location.origin);
  if (!navigator.clipboard) continue;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.setAttribute("aria-label", "Copy this example");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(block.textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  const frame = document.createElement("div");
  frame.className = "example";
  block.parentElement.replaceWith(frame);
  frame.append(block.parentElement, button);
}
