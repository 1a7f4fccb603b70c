// Opens another session after one has ended; the terminal has the focus as soon as its socket is open (before, a key would be lost).
document.getElementById("again").addEventListener("click", () => location.reload());
const focus = () => document.body.classList.contains("-loaded") && document.querySelector(".xterm-helper-textarea")?.focus();
new MutationObserver(focus).observe(document.body, { attributes: true, attributeFilter: ["class"] });
