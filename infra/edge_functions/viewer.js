// Who asks is told by the edge, and never by themselves. Requests that go on without their Host get no header of
// CloudFront's own, so this one is ours.
function handler(event) {
    var request = event.request;
    request.headers["x-auzap-viewer"] = { value: event.viewer.ip };
    return request;
}
