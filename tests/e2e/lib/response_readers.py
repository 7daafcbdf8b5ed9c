"""HTTP/1 clients that responses are read by, over one connection as long as they like: each prints `status length` for
each of the addresses that it is given (the first argument is the port, then come the paths), with `?` for the length
where it has read a body and tells nothing of it."""
import os
from typing import Callable, NamedTuple

from . import paths

NODE = """
const http = require('http');
const agent = new http.Agent({keepAlive: true, maxSockets: 1});
const [port, ...paths] = process.argv.slice(2);
const next = () => {
  if (!paths.length) return agent.destroy();
  let length = 0;
  http.get({port, agent, host: '127.0.0.1', path: paths.shift()}, response => {
    response.on('data', data => { length += data.length; });
    response.on('end', () => { console.log(response.statusCode, length); next(); });
    response.on('error', () => { console.log('refused'); next(); });
  }).on('error', () => { console.log('refused'); next(); });
};
next();
"""

PYTHON = """
import http.client, sys
connection = None
for path in sys.argv[2:]:
    try:
        connection = connection or http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=20)
        connection.request('GET', path)
        response = connection.getresponse()
        print(response.status, len(response.read()))
    except (http.client.HTTPException, ValueError):
        print('refused')
        connection = None
"""

PERL = """
use HTTP::Tiny;
my $port = shift;
my $http = HTTP::Tiny->new(max_redirect => 0, keep_alive => 1);
for my $path (@ARGV) {
  my $response = $http->get("http://127.0.0.1:$port$path");
  print $response->{status} == 599 ? "refused" : "$response->{status} " . length($response->{content} // ''), "\\n";
}
"""

RUBY = """
require 'net/http'
port, *paths = ARGV
http = nil
paths.each do |path|
  begin
    http ||= Net::HTTP.start('127.0.0.1', port.to_i)
    response = http.request(Net::HTTP::Get.new(path, {'Accept-Encoding' => 'identity'}))
    puts "#{response.code} #{response.body.to_s.bytesize}"
  rescue StandardError
    puts 'refused'
    http = nil
  end
end
"""


UNDICI = """
const [port, ...paths] = process.argv.slice(2);
(async () => {
  for (const path of paths) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {redirect: 'manual'});
      console.log(response.status, (await response.arrayBuffer()).byteLength);
    } catch (error) { console.log('refused'); }
  }
  process.exit();
})();
"""

MOJO = """
use Mojo::UserAgent;
my $port = shift;
my $agent = Mojo::UserAgent->new(max_redirects => 0, max_connections => 1);
for my $path (@ARGV) {
  my $tx = $agent->get("http://127.0.0.1:$port$path" => {'Accept-Encoding' => 'identity'});
  print $tx->error && !$tx->error->{code} ? "refused" : $tx->res->code . ' ' . length($tx->res->body), "\\n";
}
"""

AIOHTTP = """
import aiohttp, asyncio, sys
async def main():
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as session:
        for path in sys.argv[2:]:
            try:
                async with session.get(f'http://127.0.0.1:{sys.argv[1]}{path}', allow_redirects=False) as response:
                    print(response.status, len(await response.read()))
            except aiohttp.ClientError:
                print('refused')
asyncio.run(main())
"""

TWISTED = """
import sys
from twisted.internet import defer, reactor
from twisted.web import client
@defer.inlineCallbacks
def main():
    agent = client.Agent(reactor, pool=client.HTTPConnectionPool(reactor))
    for path in sys.argv[2:]:
        try:
            response = yield agent.request(b'GET', f'http://127.0.0.1:{sys.argv[1]}{path}'.encode())
            body = yield client.readBody(response)
            print(response.code, len(body))
        except Exception:
            print('refused')
    reactor.stop()
reactor.callWhenRunning(main)
reactor.run()
"""

WGET = """
import os, re, subprocess, sys, tempfile
port, *paths = sys.argv[1:]
with tempfile.TemporaryDirectory() as folder:
    done = subprocess.run(['wget', '--no-config', '-S', '--content-on-error', '--max-redirect=0', '--tries=1', '--timeout=20', '-P', folder,
                           *(f'http://127.0.0.1:{port}{path}' for path in paths)],
                          env=dict(os.environ, LC_ALL='C'), stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False)
    for part in re.split(rb'(?m)^--\\d{4}-\\d\\d-\\d\\d [\\d:]{8}--  ', done.stderr)[1:]:
        status, saved = re.search(rb'(?m)^  HTTP/1.1 (\\d{3})', part), re.search(rb"(?m)^Saving to: '(.*)'", part)
        if status:
            print(status.group(1).decode(), os.path.getsize(saved.group(1)) if saved else '?')
        else:
            print('refused')
"""

# The server has the page under /page.
CHROMIUM_PAGE = b"""<!doctype html><pre></pre><script>
(async () => {
  for (let number = 0; number < %d; number++)
    for (const path of ['/' + number, '/end']) {
      let line = 'refused';
      try {
        const response = await fetch(path, {redirect: 'manual', cache: 'no-store'});
        if (response.type !== 'opaqueredirect')
          line = response.status + ' ' + (await response.arrayBuffer()).byteLength;
        else
          line = '302 ?';
      } catch (error) { }
      document.querySelector('pre').textContent += line + '\\n';
    }
})();
</script>"""

CHROMIUM = """
import re, subprocess, sys, tempfile
with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
    done = subprocess.run(['chromium', '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run',
                           '--disable-background-networking', '--disable-component-update', '--no-proxy-server',
                           f'--user-data-dir={folder}', '--virtual-time-budget=300000', '--dump-dom', f'http://127.0.0.1:{sys.argv[1]}/page'],
                          env={'HOME': folder, 'LANG': 'C.UTF-8', 'PATH': '/usr/bin:/bin'}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    sys.stderr.buffer.write(done.stderr)
    sys.stdout.write(re.search('<pre>(.*?)</pre>', done.stdout.decode(), re.S).group(1))
"""


def curl(port, addresses):
    return ["curl", "-sS", "--max-time", "20", *[word for path in addresses for word in ("-o", "/dev/null", f"http://127.0.0.1:{port}{path}")],
            "-w", "%{exitcode} %{http_code} %{size_download}\n"]


class Reader(NamedTuple):
    program: str
    text: str  # of the script that the program runs; None for curl
    needs: Callable = lambda: True
    is_quick: bool = True  # read by in every run
    leaves_out: str = None  # a status


def _file(path):
    return lambda: os.path.exists(path)


READERS = {
    "node": Reader("node", NODE),
    "python http.client": Reader("/usr/bin/python3", PYTHON),
    "perl HTTP::Tiny": Reader("perl", PERL),
    "ruby Net::HTTP": Reader("ruby", RUBY),
    "curl": Reader("curl", None),
    # It waits for as much as the Content-Length of a 304 says, where it has not made its request conditional itself.
    "wget": Reader("/usr/bin/python3", WGET, lambda: paths.find_program("wget"), leaves_out="304"),
    "chromium": Reader("/usr/bin/python3", CHROMIUM, lambda: paths.find_program("chromium"), False),
    "node fetch (undici)": Reader("node", UNDICI, is_quick=False),
    "Mojo::UserAgent": Reader("perl", MOJO, _file("/usr/share/perl5/Mojo/UserAgent.pm"), False),
    "aiohttp": Reader("/usr/bin/python3", AIOHTTP, _file("/usr/lib/python3/dist-packages/aiohttp"), False),
    "twisted": Reader("/usr/bin/python3", TWISTED, _file("/usr/lib/python3/dist-packages/twisted"), False),
}


def is_installed(name):
    return bool(paths.find_program(READERS[name].program) and READERS[name].needs())
