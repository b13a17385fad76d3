-- A film that has been looked at, for `publish`. With "stop" a fault ends the run before anything is published, and the
-- error names it; with "warn" faults are in the log only; with "off" nobody looks.
return function(film, clips, how)
  if how == "off" then
    return film
  end
  return verify { film = film, timeline = clips, stop = how == "stop" }.film
end
