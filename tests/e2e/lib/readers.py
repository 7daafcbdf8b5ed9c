"""HTTP/1 servers that a byte string is read by, each from another family of parsers.

A row says how the server is started on a port of the loopback address. What it has read of a request it tells in
a field of its answer: X-Echo: `method target length` in hexadecimal, with `?` for a target that it does not know as it
came; X-Echo-Line: `method target`; X-Echo-Request: Apache's %{THE_REQUEST}; X-Echo-Method: `method`. Of the others only
the answers are counted.

Left out, though they are at hand: busybox httpd and mini-httpd answer one request a connection and tell nothing of it,
so there is nothing to compare; uWSGI's http11-socket leaves chunked bodies to its programs, to be read or not; puma 5.6
sometimes neither answers nor closes after a request that it refuses, which looks as if it waited for more.
"""
import glob
import os
from typing import Callable, NamedTuple

from . import paths

WSGI = """
def app(environ, start):
    is_chunked = environ.get('wsgi.input_terminated') or environ.get('HTTP_TRANSFER_ENCODING')
    body = environ['wsgi.input'].read(*([] if is_chunked else [int(environ.get('CONTENT_LENGTH') or 0)]))
    start('200 OK', [('X-Echo', ('%s ? %d' % (environ['REQUEST_METHOD'], len(body))).encode('latin1').hex()), ('Content-Length', '2')])
    return [] if environ['REQUEST_METHOD'] == 'HEAD' else [b'ok']
"""

ASGI = """
async def app(scope, receive, send):
    if scope['type'] != 'http':
        return
    length = 0
    while True:
        message = await receive()
        length += len(message.get('body', b''))
        if not message.get('more_body'):
            break
    echo = ('%s ? %d' % (scope['method'], length)).encode('latin1').hex().encode()
    await send({'type': 'http.response.start', 'status': 200, 'headers': [(b'x-echo', echo), (b'content-length', b'2')]})
    await send({'type': 'http.response.body', 'body': b'ok'})
"""

PYTHON = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def answer(self):
        length = int(self.headers.get('Content-Length') or 0)
        if self.headers.get('Transfer-Encoding'):
            length = 0
            while True:
                size = int(self.rfile.readline().split(b';')[0], 16)
                data = self.rfile.read(size)
                length += len(data)
                if size == 0:
                    while self.rfile.readline() not in (b'\\r\\n', b''):
                        pass
                    break
                self.rfile.readline()
        else:
            self.rfile.read(length)
        self.send_response(200)
        self.send_header('X-Echo', ('%s ? %d' % (self.command, length)).encode('latin1').hex())
        self.send_header('Content-Length', '2')
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(b'ok')
    def log_message(self, *_words):
        pass
    def __getattr__(self, name):
        if name.startswith('do_'):
            return self.answer
        raise AttributeError(name)
http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Handler).serve_forever()
"""

TWISTED = """
import sys
from twisted.internet import reactor
from twisted.web import resource, server
class Echo(resource.Resource):
    isLeaf = True
    def render(self, request):
        echo = b'%s %s %d' % (request.method, request.uri, len(request.content.read()))
        request.setHeader('X-Echo', echo.hex())
        request.setHeader('Content-Length', '2')
        return b'' if request.method == b'HEAD' else b'ok'
reactor.listenTCP(int(sys.argv[1]), server.Site(Echo()), interface='127.0.0.1')
reactor.run()
"""

TORNADO = """
import asyncio, sys, tornado.httpserver
def answer(request):
    echo = ('%s %s %d' % (request.method, request.uri, len(request.body))).encode('latin1').hex()
    request.connection.write_headers(tornado.httputil.ResponseStartLine('HTTP/1.1', 200, 'OK'),
        tornado.httputil.HTTPHeaders({'X-Echo': echo, 'Content-Length': '2'}), b'' if request.method == 'HEAD' else b'ok')
    request.connection.finish()
async def main():
    tornado.httpserver.HTTPServer(answer).listen(int(sys.argv[1]), '127.0.0.1')
    await asyncio.Event().wait()
asyncio.run(main())
"""

AIOHTTP = """
import sys
from aiohttp import web
async def answer(request):
    body = await request.read()
    return web.Response(text='ok', headers={'X-Echo': ('%s ? %d' % (request.method, len(body))).encode('latin1').hex()})
async def handler(request):
    return await answer(request)
async def main():
    import asyncio
    runner = web.ServerRunner(web.Server(handler))
    await runner.setup()
    await web.TCPSite(runner, '127.0.0.1', int(sys.argv[1])).start()
    await asyncio.Event().wait()
import asyncio
asyncio.run(main())
"""

RACK = """
run lambda { |env|
  body = env['rack.input'] ? env['rack.input'].read.to_s : ''
  echo = "#{env['REQUEST_METHOD']} ? #{body.bytesize}".unpack1('H*')
  [200, { 'X-Echo' => echo, 'Content-Length' => '2' }, env['REQUEST_METHOD'] == 'HEAD' ? [] : ['ok']]
}
"""

WEBRICK = """
require 'webrick'
server = WEBrick::HTTPServer.new(BindAddress: '127.0.0.1', Port: ARGV[0].to_i, Logger: WEBrick::Log.new(File::NULL), AccessLog: [])
class Echo < WEBrick::HTTPServlet::AbstractServlet
  def service(request, response)
    body = begin request.body.to_s rescue '' end
    response.status = 200
    response['X-Echo'] = "#{request.request_method} ? #{body.bytesize}".unpack1('H*')
    response.body = 'ok'
  end
end
server.mount('/', Echo)
trap('TERM') { server.shutdown }
server.start
"""

PSGI = """
my $app = sub {
  my $env = shift;
  my ($body, $piece) = ('', '');
  if ($env->{'psgi.input'}) { while ($env->{'psgi.input'}->read($piece, 65536)) { $body .= $piece } }
  [200, ['X-Echo', unpack('H*', "$env->{REQUEST_METHOD} ? " . length($body)), 'Content-Length', 2], [$env->{REQUEST_METHOD} eq 'HEAD' ? '' : 'ok']];
};
"""

PERL_DAEMON = """
use HTTP::Daemon; use HTTP::Response;
my $daemon = HTTP::Daemon->new(LocalAddr => '127.0.0.1', LocalPort => $ARGV[0], ReuseAddr => 1) or die;
while (my $client = $daemon->accept) {
  while (my $request = $client->get_request) {
    my $echo = unpack('H*', $request->method . ' ? ' . length($request->content));
    $client->send_response(HTTP::Response->new(200, 'OK', ['X-Echo', $echo, 'Content-Length', 2], $request->method eq 'HEAD' ? '' : 'ok'));
  }
  $client->close;
}
"""

MOJO = """
use Mojolicious::Lite -signatures;
app->log->level('fatal');
any '/*whatever' => {whatever => ''} => sub ($c) {
  $c->res->headers->header('X-Echo' => unpack('H*', $c->req->method . ' ? ' . length($c->req->body)));
  $c->render(text => 'ok');
};
app->start;
"""

PHP = """<?php
header('X-Echo: ' . bin2hex($_SERVER['REQUEST_METHOD'] . ' ' . $_SERVER['REQUEST_URI'] . ' ' . strlen(file_get_contents('php://input'))));
header('Content-Length: 2');
echo 'ok';
"""

HAPROXY = """
defaults
  mode http
  timeout client 20s
  timeout connect 5s
  timeout server 5s
  option http-buffer-request
frontend f
  bind 127.0.0.1:%(port)d
  http-request set-var(txn.target) url
  http-request set-var(txn.length) req.body_len
  http-request return status 200 content-type text/plain string ok hdr X-Echo "%%[method,concat(' ',txn.target,' '),concat(,txn.length),hex]"
"""

LIGHTTPD = """
server.document-root = "%(dir)s"
server.bind = "127.0.0.1"
server.port = %(port)d
"""

CADDY = """{
  admin off
  auto_https off
}
http://127.0.0.1:%(port)d, http://localhost:%(port)d, :%(port)d {
  bind 127.0.0.1
  header X-Echo-Method "{http.request.method}"
  respond "ok"
}
"""

H2O = """
listen:
  host: 127.0.0.1
  port: %(port)d
hosts:
  default:
    paths:
      /:
        mruby.handler: |
          Proc.new do |env|
            body = env["rack.input"] ? env["rack.input"].read.to_s : ""
            echo = "#{env["REQUEST_METHOD"]} ? #{body.bytesize}".bytes.map { |byte| (byte < 16 ? "0" : "") + byte.to_s(16) }.join
            [200, {"x-echo" => echo, "content-length" => "2"}, [env["REQUEST_METHOD"] == "HEAD" ? "" : "ok"]]
          end
error-log: /dev/null
num-threads: 1
"""

NODE = """
require('http').createServer((request, response) => {
  let length = 0;
  request.on('data', data => { length += data.length; });
  request.on('end', () => {
    response.setHeader('X-Echo', Buffer.from(`${request.method} ${request.url} ${length}`, 'latin1').toString('hex'));
    response.end('ok');
  });
}).listen(+process.argv[2], '127.0.0.1');
"""

NGINX = """
daemon off; worker_processes 1; pid %(dir)s/nginx.pid; error_log stderr crit; events {}
http { access_log off; client_body_temp_path %(dir)s/b; proxy_temp_path %(dir)s/p; fastcgi_temp_path %(dir)s/f;
  uwsgi_temp_path %(dir)s/u; scgi_temp_path %(dir)s/s;
  server { listen 127.0.0.1:%(port)d; location / { add_header X-Echo-Line "$request_method $request_uri" always; return 200 ok; } } }
"""

APACHE = """
ServerRoot %(dir)s
ServerName localhost
PidFile %(dir)s/apache.pid
Listen 127.0.0.1:%(port)d
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule headers_module /usr/lib/apache2/modules/mod_headers.so
ErrorLog %(dir)s/apache.log
DocumentRoot %(dir)s
AllowEncodedSlashes On
Header always set X-Echo-Request "expr=%%{THE_REQUEST}"
"""

VARNISH = """
vcl 4.1;
backend none none;
sub vcl_recv { unset req.http.Range; return (synth(200)); }
sub vcl_synth {
  set resp.http.X-Echo-Line = req.method + " " + req.url;
  set resp.body = "ok";
  return (deliver);
}
"""


class Reader(NamedTuple):
    is_installed: Callable
    files: dict  # name: text, written into a directory of its own
    command: str  # %(port)d and %(dir)s are filled in, in the files too
    folds_method: bool = False  # a method is told in capitals however it came
    # False: it cannot read a request that has come along with the one before, whoever sent that; so each is sent when the
    # one before is answered, which is what the proxy does.
    pipelines: bool = True


def _python(*modules):
    def installed():
        return all(any(os.path.exists(f"/usr/lib/python3/dist-packages/{module}{end}") for end in ("", ".py")) for module in modules)
    return installed


def _program(*names):
    return lambda: all(paths.find_program(name) for name in names)


READERS = {
    "nginx": Reader(_program("nginx"), {"n.conf": NGINX}, "nginx -e stderr -c %(dir)s/n.conf"),
    "node": Reader(_program("node"), {"n.js": NODE}, "node %(dir)s/n.js %(port)d"),
    "apache": Reader(_program("apache2"), {"a.conf": APACHE}, "apache2 -f %(dir)s/a.conf -DFOREGROUND"),
    "python http.server": Reader(lambda: True, {"s.py": PYTHON}, "/usr/bin/python3 %(dir)s/s.py %(port)d"),
    # Its workers of threads leave a pipelined request unread until the connection has been idle for its two seconds.
    "gunicorn": Reader(_program("gunicorn"), {"w.py": WSGI}, "gunicorn -k gevent --chdir %(dir)s -b 127.0.0.1:%(port)d w:app", folds_method=True),
    "waitress": Reader(_python("waitress"), {"w.py": WSGI}, "/usr/bin/python3 -m waitress --listen=127.0.0.1:%(port)d w:app"),
    "cheroot": Reader(_python("cheroot"), {"w.py": WSGI}, "/usr/bin/python3 -m cheroot --bind 127.0.0.1:%(port)d w:app"),
    "gevent": Reader(_python("gevent"), {"w.py": WSGI + "if __name__ == '__main__':\n    import sys\n    from gevent.pywsgi import WSGIServer\n"
                                         "    WSGIServer(('127.0.0.1', int(sys.argv[1])), app, log=None).serve_forever()\n"},
                     "/usr/bin/python3 %(dir)s/w.py %(port)d"),
    "uvicorn (h11)": Reader(_python("uvicorn", "h11"), {"a.py": ASGI},
                            "/usr/bin/python3 -m uvicorn --http h11 --log-level critical --lifespan off --port %(port)d a:app"),
    "hypercorn": Reader(_python("hypercorn"), {"a.py": ASGI}, "/usr/bin/python3 -m hypercorn -b 127.0.0.1:%(port)d a:app", folds_method=True),
    "tornado": Reader(_python("tornado"), {"t.py": TORNADO}, "/usr/bin/python3 %(dir)s/t.py %(port)d"),
    "twisted": Reader(_python("twisted"), {"t.py": TWISTED}, "/usr/bin/python3 %(dir)s/t.py %(port)d"),
    "aiohttp": Reader(_python("aiohttp"), {"t.py": AIOHTTP}, "/usr/bin/python3 %(dir)s/t.py %(port)d"),
    "unicorn": Reader(_program("unicorn"), {"config.ru": RACK}, "unicorn -l 127.0.0.1:%(port)d %(dir)s/config.ru"),
    "webrick": Reader(lambda: glob.glob("/usr/share/rubygems-integration/all/gems/webrick-*"), {"w.rb": WEBRICK}, "ruby %(dir)s/w.rb %(port)d"),
    # A body of given length is all that has come with the head, even where that is longer.
    "starman": Reader(_program("starman"), {"app.psgi": PSGI}, "starman --listen 127.0.0.1:%(port)d --workers 4 %(dir)s/app.psgi", pipelines=False),
    "HTTP::Daemon": Reader(lambda: os.path.exists("/usr/share/perl5/HTTP/Daemon.pm"), {"d.pl": PERL_DAEMON}, "perl %(dir)s/d.pl %(port)d"),
    "Mojolicious": Reader(lambda: os.path.exists("/usr/share/perl5/Mojolicious.pm"), {"m.pl": MOJO}, "perl %(dir)s/m.pl daemon -l http://127.0.0.1:%(port)d"),
    # Calls both malformed.
    "php -S": Reader(_program("php"), {"index.php": PHP}, "php -S 127.0.0.1:%(port)d %(dir)s/index.php", pipelines=False),
    "haproxy": Reader(_program("haproxy"), {"h.cfg": HAPROXY}, "haproxy -db -f %(dir)s/h.cfg"),
    "lighttpd": Reader(_program("lighttpd"), {"l.conf": LIGHTTPD}, "lighttpd -D -f %(dir)s/l.conf"),
    "caddy (Go)": Reader(_program("caddy"), {"Caddyfile": CADDY}, "caddy run --config %(dir)s/Caddyfile --adapter caddyfile"),
    "h2o": Reader(_program("h2o"), {"h2o.conf": H2O}, "h2o -c %(dir)s/h2o.conf"),
    "varnish": Reader(_program("varnishd"), {"v.vcl": VARNISH}, "varnishd -F -a 127.0.0.1:%(port)d -f %(dir)s/v.vcl -n %(dir)s/v"),
    "webfs": Reader(_program("webfsd"), {"index.html": "ok"}, "webfsd -F -4 -i 127.0.0.1 -p %(port)d -r %(dir)s -u nobody -g nogroup"),
}
