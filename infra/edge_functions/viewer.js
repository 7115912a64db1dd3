// Who asks is told by CloudFront, and never by themselves.
function handler(event) {
    var request = event.request;
    request.headers["x-auzap-viewer"] = { value: event.viewer.ip };
    return request;
}
