"""HTTP/1 clients that responses are read by, over one connection as long as they like: each prints `status length` for
each of the addresses that it is given (the first argument is the port, then come the paths)."""
import shutil

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


def curl(port, paths):
    return ["curl", "-sS", "--max-time", "20", *[word for path in paths for word in ("-o", "/dev/null", f"http://127.0.0.1:{port}{path}")],
            "-w", "%{exitcode} %{http_code} %{size_download}\n"]


# name: (program, text of the script or None)
READERS = {"node": ("node", NODE), "python http.client": ("/usr/bin/python3", PYTHON), "perl HTTP::Tiny": ("perl", PERL), "ruby Net::HTTP": ("ruby", RUBY),
           "curl": ("curl", None)}


def installed(name):
    return shutil.which(READERS[name][0]) is not None
