-- wrk script: POSTs one JSON record again and again, prints the figures as one JSON object.
-- The body is the documents' "Normal" example of the form, or the argument after `--`.

function init(args)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  wrk.body = args[1]
    or '{"duration":6.1,"src_bytes":100,"dst_bytes":1000,"count":1,"srv_count":8}'
end

-- wrk counts in microseconds. `errors.status` is every answer of 400 or above.
function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"seconds":%.3f,"requests_per_second":%.1f,'
      .. '"p50_ms":%.3f,"p99_ms":%.3f,"max_ms":%.3f,'
      .. '"errors":{"connect":%d,"read":%d,"write":%d,"timeout":%d,"status":%d}}\n',
    summary.requests, summary.duration / 1e6, summary.requests / (summary.duration / 1e6),
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3,
    errors.connect, errors.read, errors.write, errors.timeout, errors.status))
end
