"""HTTP/1 servers that a byte string is read by, each from another family of parsers.

A row says how the server is started on a port of the loopback address, and what it tells of a request in X-Echo:
`method target length`, in hexadecimal, with `?` for a target that it does not know as it came; or the method alone in
X-Echo-Method. Rows without an echo are compared by the number of their answers.
"""
import os
import shutil

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
$SIG{CHLD} = 'IGNORE';
while (my $client = $daemon->accept) {
  next if fork;
  while (my $request = $client->get_request) {
    my $echo = unpack('H*', $request->method . ' ? ' . length($request->content));
    $client->send_response(HTTP::Response->new(200, 'OK', ['X-Echo', $echo, 'Content-Length', 2], $request->method eq 'HEAD' ? '' : 'ok'));
  }
  exit;
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
  http-request return status 200 content-type text/plain string ok hdr X-Echo-Method "%%[method]"
"""

LIGHTTPD = """
server.document-root = "%(dir)s"
server.bind = "127.0.0.1"
server.port = %(port)d
"""

CADDY = """{
  admin off
  auto_https off
  persist_config off
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
        file.dir: %(dir)s
pid-file: %(dir)s/h2o.pid
error-log: %(dir)s/h2o.log
num-threads: 1
"""


def _python(*modules):
    def installed():
        return all(any(os.path.exists(f"/usr/lib/python3/dist-packages/{module}{end}") for end in ("", ".py")) for module in modules)
    return installed


def _program(*names):
    return lambda: all(shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin") for name in names)


# name: (is installed, files {name: text}, command); %(port)d, %(dir)s are filled in.
READERS = {
    "python http.server": (lambda: True, {"s.py": PYTHON}, "/usr/bin/python3 %(dir)s/s.py %(port)d"),
    "gunicorn": (_program("gunicorn"), {"w.py": WSGI}, "gunicorn --chdir %(dir)s -b 127.0.0.1:%(port)d -w 1 --threads 2 w:app"),
    "waitress": (_python("waitress"), {"w.py": WSGI}, "/usr/bin/python3 -m waitress --listen=127.0.0.1:%(port)d w:app"),
    "cheroot": (_python("cheroot"), {"w.py": WSGI}, "/usr/bin/python3 -m cheroot --bind 127.0.0.1:%(port)d w:app"),
    "gevent": (_python("gevent"), {"w.py": WSGI + "if __name__ == '__main__':\n    import sys\n    from gevent.pywsgi import WSGIServer\n"
                                   "    WSGIServer(('127.0.0.1', int(sys.argv[1])), app, log=None).serve_forever()\n"}, "/usr/bin/python3 %(dir)s/w.py %(port)d"),
    "uvicorn (h11)": (_python("uvicorn", "h11"), {"a.py": ASGI}, "/usr/bin/python3 -m uvicorn --http h11 --log-level critical --lifespan off --port %(port)d a:app"),
    "hypercorn": (_python("hypercorn"), {"a.py": ASGI}, "/usr/bin/python3 -m hypercorn -b 127.0.0.1:%(port)d a:app"),
    "tornado": (_python("tornado"), {"t.py": TORNADO}, "/usr/bin/python3 %(dir)s/t.py %(port)d"),
    "aiohttp": (_python("aiohttp"), {"t.py": AIOHTTP}, "/usr/bin/python3 %(dir)s/t.py %(port)d"),
    "unicorn": (_program("unicorn"), {"config.ru": RACK}, "unicorn -l 127.0.0.1:%(port)d %(dir)s/config.ru"),
    "webrick": (_program("ruby"), {"w.rb": WEBRICK}, "ruby %(dir)s/w.rb %(port)d"),
    "starman": (_program("starman"), {"app.psgi": PSGI}, "starman --listen 127.0.0.1:%(port)d --workers 4 %(dir)s/app.psgi"),
    "HTTP::Daemon": (lambda: os.path.exists("/usr/share/perl5/HTTP/Daemon.pm"), {"d.pl": PERL_DAEMON}, "perl %(dir)s/d.pl %(port)d"),
    "Mojolicious": (lambda: os.path.exists("/usr/share/perl5/Mojolicious.pm"), {"m.pl": MOJO}, "perl %(dir)s/m.pl daemon -l http://127.0.0.1:%(port)d"),
    "php -S": (_program("php"), {"index.php": PHP}, "php -S 127.0.0.1:%(port)d %(dir)s/index.php"),
    "haproxy": (_program("haproxy"), {"h.cfg": HAPROXY}, "haproxy -db -f %(dir)s/h.cfg"),
    "lighttpd": (_program("lighttpd"), {"l.conf": LIGHTTPD}, "lighttpd -D -f %(dir)s/l.conf"),
    "caddy (Go)": (_program("caddy"), {"Caddyfile": CADDY}, "caddy run --config %(dir)s/Caddyfile --adapter caddyfile"),
    "h2o": (_program("h2o"), {"h2o.conf": H2O}, "h2o -c %(dir)s/h2o.conf"),
    "busybox httpd": (_program("busybox"), {"index.html": "ok"}, "busybox httpd -f -p 127.0.0.1:%(port)d -h %(dir)s"),
    "webfs": (_program("webfsd"), {"index.html": "ok"}, "webfsd -F -4 -i 127.0.0.1 -p %(port)d -r %(dir)s -u nobody -g nogroup"),
    "mini-httpd": (_program("mini_httpd"), {"index.html": "ok"}, "mini_httpd -D -h 127.0.0.1 -p %(port)d -d %(dir)s"),
}
