const socket = new WebSocket(location.href.replace(/^http/, 'ws'))
const state = document.getElementById('socket')
socket.onopen = () => {
  state.textContent = 'open'
}
socket.onclose = ({ code, reason }) => {
  state.textContent = `closed: ${reason || code}`
  // 4401: the session has ended. The login page says so.
  if (code === 4401) location.assign('/login')
}
