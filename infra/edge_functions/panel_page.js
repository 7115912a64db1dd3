// The panel draws its pages itself: each address that names no file is its one page.
function handler(event) {
    var request = event.request;
    if (!request.uri.split("/").pop().includes(".")) {
        request.uri = "/index.html";
    }
    return request;
}
