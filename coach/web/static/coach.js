// Opens another session after one has ended; the terminal has the focus from the start.
document.getElementById("again").addEventListener("click", () => location.reload());
window.addEventListener("load", () => {
  const focus = () => document.querySelector(".xterm-helper-textarea")?.focus();
  focus();
  document.getElementById("terminal").addEventListener("click", focus);
});
