"""A TCP proxy that a test can cut: what two processes see of each other when the network between them fails."""

import selectors
import socket
import threading


class CutWire:
    """Listens on a free port of the loopback address and passes connections on to `target` (host, port). While it is cut,
    connections stay open and nothing passes, new ones are taken and get no answer: the way of a network that drops
    packets. Threads of its own; end it with close()."""

    CHUNK = 1 << 16

    def __init__(self, target):
        self.target = target
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.open = threading.Event()
        self.open.set()
        self.closed = False
        self.sockets = []
        self.lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        self.open.clear()

    def mend(self):
        """What waited is passed on, as TCP repeats it."""
        self.open.set()

    def close(self):
        self.closed = True
        self.open.set()
        with self.lock:
            for one in [self.listener] + self.sockets:
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # not connected
                one.close()

    def _accept(self):
        while not self.closed:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near):
        self.open.wait()
        try:
            far = socket.create_connection(self.target, timeout=5)
        except OSError:
            near.close()
            return
        far.settimeout(None)
        with self.lock:
            if self.closed:
                near.close()
                far.close()
                return
            self.sockets += [near, far]
        with selectors.DefaultSelector() as selector:
            selector.register(near, selectors.EVENT_READ, far)
            selector.register(far, selectors.EVENT_READ, near)
            try:
                while self._pass(selector):
                    pass
            except OSError:
                pass  # either side went
        for one in (near, far):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it is gone
            one.close()

    def _pass(self, selector):
        for key, _ in selector.select():
            data = key.fileobj.recv(self.CHUNK)
            self.open.wait()
            if not data:
                return False
            key.data.sendall(data)
        return True
