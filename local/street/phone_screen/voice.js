import { el, icon } from './dom.js'
import { duration } from './format.js'

const BARS = 30
let playing = null

/** A voice message: play, pause, and a waveform that fills as it is heard. */
export function voicePlayer(address, seed) {
  const audio = new Audio(address)
  audio.preload = 'metadata'
  const bars = waveform(seed)
  const time = el('span', { class: 'voice-time' }, '0:00')
  const button = el('button', { type: 'button', class: 'voice-button', 'aria-label': 'Ouvir mensagem de voz' }, icon('play'))

  button.addEventListener('click', () => (audio.paused ? play(audio) : audio.pause()))
  audio.addEventListener('play', () => draw(button, 'pause', 'Pausar mensagem de voz'))
  audio.addEventListener('pause', () => draw(button, 'play', 'Ouvir mensagem de voz'))
  audio.addEventListener('loadedmetadata', () => (time.textContent = duration(audio.duration)))
  audio.addEventListener('timeupdate', () => {
    const heard = audio.duration ? audio.currentTime / audio.duration : 0
    bars.forEach((bar, index) => bar.classList.toggle('heard', index < heard * BARS))
    time.textContent = duration(audio.paused && heard === 0 ? audio.duration : audio.currentTime)
  })
  return el('span', { class: 'voice' }, button, el('span', { class: 'waveform', 'aria-hidden': 'true' }, bars), time)
}

function play(audio) {
  playing?.pause()
  playing = audio
  audio.play()
}

function draw(button, symbol, label) {
  button.replaceChildren(icon(symbol))
  button.setAttribute('aria-label', label)
}

/** The same bars for the same message each time it is drawn. */
function waveform(seed) {
  let state = [...seed].reduce((sum, letter) => (sum * 33 + letter.codePointAt(0)) >>> 0, 5381)
  return Array.from({ length: BARS }, () => {
    state = (state * 1664525 + 1013904223) >>> 0
    return el('i', { class: `bar-${1 + ((state >>> 24) % 6)}` })
  })
}
