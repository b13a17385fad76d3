-- The cards' palettes, for what is drawn beside cards: ground, accent, and the colour of lines.
return {
  ink = { ground = "#0f151b", accent = "#ff8a5b", line = "#2f3a44" },
  paper = { ground = "#f7f2e8", accent = "#b02f1c", line = "#d5c9b4" },
  forest = { ground = "#0f241c", accent = "#e9c45f", line = "#2e4d40" },
  dusk = { ground = "#211933", accent = "#ff9e7d", line = "#483b66" },
  mist = { ground = "#eef2f4", accent = "#0b5ca8", line = "#c3cfd6" },
  slate = { ground = "#1c1f24", accent = "#5fcbea", line = "#414750" },
  clay = { ground = "#722b1d", accent = "#ffcb7d", line = "#9c5342" },
  sun = { ground = "#f8cb46", accent = "#8e1b17", line = "#d3a524" },
  chalk = { ground = "#ffffff", accent = "#c4223b", line = "#d6d6d2" },
}
