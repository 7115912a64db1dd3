"""What a file may be fetched from: a table of addresses, hostile and good, and of what their names may resolve to."""

from collections.abc import Sequence

import pytest

from auzap.media.addresses import is_public, public_target, target
from auzap.media.errors import OutOfReach, Refused

META = "https://graph.facebook.com/v26.0"
PUBLIC = "157.240.12.53"
LOOKASIDE = "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1&hash=AX"


def nowhere_near(host: str, port: int) -> Sequence[str]:
    """Every name is somewhere on the internet."""
    return [PUBLIC]


GOOD = {
    "the usual link": LOOKASIDE,
    "the Graph API": "https://graph.facebook.com/v26.0/1/media",
    "a file server": "https://scontent.xx.fbcdn.net/v/t1.jpg?oh=1&oe=2",
    "a file server of a region": "https://scontent-gru2-1.xx.fbcdn.net/v/t1.jpg",
    "WhatsApp's own": "https://mmg.whatsapp.net/d/f/A.enc",
    "deeper": "https://media-gru1-1.cdn.whatsapp.net/v/1",
    "in capitals": "HTTPS://LOOKASIDE.FBSBX.COM/x",
    "the usual port, said": "https://lookaside.fbsbx.com:443/x",
    "no path": "https://lookaside.fbsbx.com",
    "only a query": "https://lookaside.fbsbx.com?mid=1",
    "an @ in the path": "https://lookaside.fbsbx.com/x@10.0.0.1",
    "an address in the query": "https://lookaside.fbsbx.com/?next=http://169.254.169.254/",
    "two slashes in the path": "https://lookaside.fbsbx.com//169.254.169.254/x",
    "escapes in the path": "https://lookaside.fbsbx.com/%0d%0aHost:%20x",
    "dots in the path": "https://lookaside.fbsbx.com/../../etc/passwd",
}

HOSTILE = {
    # Schemes.
    "plain": "http://lookaside.fbsbx.com/x",
    "file": "file:///etc/passwd",
    "file of a host": "file://lookaside.fbsbx.com/etc/passwd",
    "ftp": "ftp://lookaside.fbsbx.com/x",
    "gopher": "gopher://lookaside.fbsbx.com/_x",
    "data": "data:image/png;base64,AAAA",
    "javascript": "javascript:alert(1)",
    "unix": "unix:///var/run/docker.sock",
    "websocket": "wss://lookaside.fbsbx.com/x",
    "jar": "jar:https://lookaside.fbsbx.com/x!/y",
    "no scheme": "//lookaside.fbsbx.com/x",
    "a path": "/lookaside.fbsbx.com/x",
    "a word": "lookaside.fbsbx.com",
    "nothing": "",
    "one slash": "https:/lookaside.fbsbx.com/x",
    "no host": "https:///x",
    "a scheme twice": "https://https://lookaside.fbsbx.com/x",
    # Whom the address is really of.
    "a login": "https://user@lookaside.fbsbx.com/x",
    "a login and a password": "https://user:password@lookaside.fbsbx.com/x",
    "the good host as a login": "https://lookaside.fbsbx.com@evil.example/x",
    "the good host as login and port": "https://lookaside.fbsbx.com:443@evil.example/x",
    "an empty login": "https://@lookaside.fbsbx.com/x",
    "a good suffix, attached": "https://evilfbcdn.net/x",
    "a good name in front": "https://lookaside.fbsbx.com.evil.example/x",
    "a good name in front, of the suffix": "https://x.fbcdn.net.evil.example/x",
    "a good name with a dash": "https://lookaside.fbsbx.com-evil.example/x",
    "a name below lookaside": "https://x.lookaside.fbsbx.com/x",
    "another name of fbsbx": "https://evil.fbsbx.com/x",
    "another name of facebook": "https://www.facebook.com/x",
    "the suffix alone": "https://fbcdn.net/x",
    "the suffix with a dot": "https://.fbcdn.net/x",
    "an empty label": "https://x..fbcdn.net/x",
    "WhatsApp's suffix alone": "https://whatsapp.net/x",
    "WhatsApp's website": "https://web.whatsapp.com/x",
    "a stranger": "https://evil.example/x",
    "a bucket": "https://s3.sa-east-1.amazonaws.com/x",
    # Machines of ours.
    "instance metadata": "http://169.254.169.254/latest/meta-data/",
    "instance metadata with TLS": "https://169.254.169.254/latest/meta-data/",
    "Lambda's runtime": "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next",
    "loopback": "https://127.0.0.1/x",
    "loopback, short": "https://127.1/x",
    "loopback, decimal": "https://2130706433/x",
    "loopback, octal": "https://0177.0.0.1/x",
    "loopback, hexadecimal": "https://0x7f.0x0.0x0.0x1/x",
    "loopback, one hexadecimal": "https://0x7f000001/x",
    "loopback, one octal": "https://017700000001/x",
    "loopback, of mixed notations": "https://0x7f.0.1/x",
    "loopback, another of the block": "https://127.8.8.8/x",
    "instance metadata, decimal": "https://2852039166/latest/meta-data/",
    "instance metadata, hexadecimal": "https://0xa9fea9fe/latest/meta-data/",
    "container credentials": "https://169.254.170.2/v2/credentials/",
    "loopback by name": "https://localhost/x",
    "loopback by name, below": "https://x.localhost/x",
    "any address": "https://0.0.0.0/x",
    "any address, short": "https://0/x",
    "private": "https://10.0.0.1/x",
    "private, of the middle": "https://172.16.0.1/x",
    "private, at home": "https://192.168.0.1/x",
    "carrier": "https://100.64.0.1/x",
    "broadcast": "https://255.255.255.255/x",
    "a public address": "https://157.240.12.53/x",
    "IPv6 loopback": "https://[::1]/x",
    "IPv6 any": "https://[::]/x",
    "IPv6 mapped": "https://[::ffff:127.0.0.1]/x",
    "IPv6 mapped, hexadecimal": "https://[::ffff:7f00:1]/x",
    "IPv6 compatible": "https://[::127.0.0.1]/x",
    "IPv6 of the other protocol": "https://[64:ff9b::7f00:1]/x",
    "IPv6 in a tunnel": "https://[2002:7f00:1::]/x",
    "IPv6 of everybody": "https://[ff02::1]/x",
    "IPv6 link-local": "https://[fe80::1]/x",
    "IPv6 link-local with a zone": "https://[fe80::1%25eth0]/x",
    "IPv6 unique local": "https://[fd00::1]/x",
    "IPv6 metadata": "https://[fd00:ec2::254]/latest/meta-data/",
    "IPv6 of the future": "https://[v1.x]/x",
    "IPv6 unclosed": "https://[::1/x",
    "a name in brackets": "https://[lookaside.fbsbx.com]/x",
    "wildcard DNS": "https://127.0.0.1.nip.io/x",
    "the database": "https://auzap.cluster-x.sa-east-1.rds.amazonaws.com:5433/x",
    # Ports.
    "another port": "https://lookaside.fbsbx.com:8443/x",
    "the plain port": "https://lookaside.fbsbx.com:80/x",
    "port zero": "https://lookaside.fbsbx.com:0/x",
    "an empty port": "https://lookaside.fbsbx.com:/x",
    "a port with a zero": "https://lookaside.fbsbx.com:0443/x",
    "a port too high": "https://lookaside.fbsbx.com:65979/x",
    "a negative port": "https://lookaside.fbsbx.com:-443/x",
    "a port of letters": "https://lookaside.fbsbx.com:https/x",
    "two ports": "https://lookaside.fbsbx.com:443:443/x",
    # Characters.
    "a dot behind": "https://lookaside.fbsbx.com./x",
    "a dot behind the suffix": "https://x.fbcdn.net./x",
    "a line break in the host": "https://lookaside.fbsbx.com\r\nHost: evil.example/x",
    "a line break in the path": "https://lookaside.fbsbx.com/x HTTP/1.1\r\nX: y\r\n\r\nGET /",
    "a lone line feed": "https://lookaside.fbsbx.com/x\ny",
    "a tab in the host": "https://look\taside.fbsbx.com/x",
    "a space in front": " https://lookaside.fbsbx.com/x",
    "a space behind": "https://lookaside.fbsbx.com/x ",
    "a NUL": "https://lookaside.fbsbx.com\x00.evil.example/x",
    "a backslash": "https://lookaside.fbsbx.com\\@evil.example/x",
    "backslashes for slashes": "https:\\\\lookaside.fbsbx.com\\x",
    "a fragment": "https://evil.example#lookaside.fbsbx.com/x",
    "a fragment behind": "https://lookaside.fbsbx.com#@evil.example/x",
    "an encoded dot": "https://lookaside%2efbsbx.com/x",
    "an encoded slash": "https://evil.example%2f.fbcdn.net/x",
    "an encoded @": "https://evil.example%40x.fbcdn.net/x",
    "an underscore": "https://a_b.fbcdn.net/x",
    "Cyrillic": "https://lookaside.fbsbх.com/x",
    "full width": "https://ｌｏｏｋａｓｉｄｅ.fbsbx.com/x",
    "full-width dots": "https://lookaside。fbsbx。com/x",
    "a ligature": "https://ﬁle.fbcdn.net/x",
    "circled digits": "https://①②⑦.0.0.1/x",
    "punycode": "https://xn--lookaside-x.fbsbx.com/x",
    "a path of letters that need encoding": "https://lookaside.fbsbx.com/ç",
    "an emoji": "https://🐾.fbcdn.net/x",
    "a lone surrogate": "https://\ud800.fbcdn.net/x",
    "longer than an address": "https://lookaside.fbsbx.com/" + "x" * 5000,
}


@pytest.mark.parametrize("name", GOOD)
def test_the_providers_addresses_are_fetched(name: str) -> None:
    found = target(GOOD[name], graph_url=META, resolve=nowhere_near)

    assert (found.scheme, found.port, found.address) == ("https", 443, PUBLIC)
    assert found.authority == found.host
    assert found.path.startswith("/")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_address_is_refused_before_its_name_is_asked_for(name: str) -> None:
    asked: list[str] = []

    def note(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return [PUBLIC]

    with pytest.raises(Refused) as refused:
        target(HOSTILE[name], graph_url=META, resolve=note)

    assert refused.value.reason == "unsafe_address"
    assert asked == []


PRIVATE = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.8",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:157.240.12.53",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::9df0:c35",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:7f00:1::",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:9df0:c35::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "no address",
    "",
]
PUBLICLY = [PUBLIC, "8.8.8.8", "172.32.0.1", "2a03:2880:f12f:83:face:b00c:0:25de", "2800:3f0:4001:830::200e"]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_providers_name_that_leads_to_a_machine_of_ours_is_refused(address: str) -> None:
    assert not is_public(address)
    for addresses in ([address], [PUBLIC, address], [address, PUBLIC]):
        with pytest.raises(Refused):
            target(LOOKASIDE, graph_url=META, resolve=lambda _host, _port, found=addresses: found)


@pytest.mark.parametrize("address", PUBLICLY)
def test_an_address_of_the_internet_is_connected_to(address: str) -> None:
    assert target(LOOKASIDE, graph_url=META, resolve=lambda _host, _port: [address]).address == address


def test_a_name_is_asked_for_once_and_with_its_port() -> None:
    asked: list[tuple[str, int]] = []

    def note(host: str, port: int) -> Sequence[str]:
        asked.append((host, port))
        # The second answer would be another one.
        return [PUBLIC] if len(asked) == 1 else ["127.0.0.1"]

    assert target(LOOKASIDE, graph_url=META, resolve=note).address == PUBLIC
    assert asked == [("lookaside.fbsbx.com", 443)]


def unknown(_host: str, _port: int) -> Sequence[str]:
    raise OSError("Name or service not known")


def test_a_name_that_is_not_known_now_may_be_known_later() -> None:
    for resolve in (unknown, lambda _host, _port: []):
        with pytest.raises(OutOfReach):
            target(LOOKASIDE, graph_url=META, resolve=resolve)


CONFIGURED = "http://127.0.0.1:8080/graph/v26.0"


def test_the_origin_of_the_configured_graph_api_is_trusted_wherever_it_is() -> None:
    found = target("http://127.0.0.1:8080/graph/media/1?x=2", graph_url=CONFIGURED)

    assert (found.scheme, found.host, found.port, found.address) == ("http", "127.0.0.1", 8080, "127.0.0.1")
    assert (found.path, found.authority) == ("/graph/media/1?x=2", "127.0.0.1:8080")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8081/graph/media/1",
        "http://127.0.0.1/graph/media/1",
        "https://127.0.0.1:8080/graph/media/1",
        "http://127.0.0.2:8080/graph/media/1",
        "http://localhost:8080/graph/media/1",
        "http://user@127.0.0.1:8080/graph/media/1",
        "http://127.0.0.1:08080/graph/media/1",
        "http://127.0.0.1:8080@evil.example/x",
        "http://127.0.0.1:8080.evil.example/x",
        "http://2130706433:8080/graph/media/1",
        "http://[::ffff:127.0.0.1]:8080/graph/media/1",
    ],
)
def test_and_nothing_but_exactly_that_origin(url: str) -> None:
    with pytest.raises(Refused):
        target(url, graph_url=CONFIGURED, resolve=nowhere_near)


def test_metas_own_api_is_not_trusted_when_its_name_leads_inside() -> None:
    with pytest.raises(Refused):
        target("https://graph.facebook.com/x", graph_url=META, resolve=lambda _host, _port: ["10.0.0.1"])


def test_the_table_is_long_enough_to_mean_something() -> None:
    assert len(HOSTILE) >= 80


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://petfeliz.com.br", "/"),
        ("https://www.petfeliz.com.br:443/regras?pagina=2", "/regras?pagina=2"),
        ("HTTPS://PETFELIZ.COM.BR/x", "/x"),
        ("https://xn--pet-feliz-x.example/x", "/x"),
        ("https://petfeliz.xn--p1ai/x", "/x"),
        ("https://1.petfeliz.com.br/10.0.0.1", "/10.0.0.1"),
    ],
)
def test_any_public_page_may_be_read(url: str, path: str) -> None:
    found = public_target(url, resolve=nowhere_near)

    assert (found.scheme, found.address, found.port, found.path) == ("https", PUBLIC, 443, path)


OF_NOBODY = [
    name for name, url in HOSTILE.items() if not url.lower().startswith("https://") or "@" in url.split("?")[0]
]


@pytest.mark.parametrize(
    "url",
    [
        *(HOSTILE[name] for name in OF_NOBODY),
        "https://localhost/x",
        "https://intranet/x",
        "https://10.0.0.1/x",
        "https://0x7f.0.0.1/x",
        "https://2130706433/x",
        "https://[2606:4700::1]/x",
        "https://petfeliz.com.br./x",
        "https://-petfeliz.com.br/x",
        "https://petfeliz_x.com.br/x",
        "https://petfeliz.com.br:8443/x",
        "https://petfeliz.com.br:80/x",
        "https://petfeliz.com.br\\@10.0.0.1/x",
    ],
)
def test_what_is_no_public_page_is_refused_before_its_name_is_looked_up(url: str) -> None:
    def never(host: str, port: int) -> Sequence[str]:
        raise AssertionError(host)

    with pytest.raises(Refused):
        public_target(url, resolve=never)


@pytest.mark.parametrize("addresses", [["10.0.0.1"], [PUBLIC, "127.0.0.1"], ["169.254.169.254"], ["fe80::1"]])
def test_a_page_whose_name_leads_to_us_is_refused(addresses: list[str]) -> None:
    with pytest.raises(Refused):
        public_target("https://petfeliz.com.br/x", resolve=lambda host, port: addresses)
