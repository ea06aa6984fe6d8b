// One SIP.js user agent on Node, without media, led over standard input and told about on standard output.
//
//   node sipjs.mjs SERVER DOMAIN USER PASSWORD
//
// It registers, and answers whatever call comes in. Words on standard input, one per line: `call USER`, `bye`,
// `message USER TEXT`, `quit`. Lines on standard output: `registered STATUS`, `message USER STATUS TEXT`, `incoming USER`,
// `established`, `ended`, `bye STATUS`, `refused STATUS`, `sdp TEXT`, `unregistered`, `error TEXT`.
import readline from "node:readline";
import * as SIP from "sip.js";
import WebSocket from "ws";

globalThis.WebSocket = WebSocket;
const [server, domain, user, password] = process.argv.slice(2);
const tell = (...words) => process.stdout.write(words.join(" ") + "\n");
const uri = (name) => SIP.UserAgent.makeURI(`sip:${name}@${domain}`);
const onResponse = (then) => ({
  onAccept: (response) => then(response.message.statusCode),
  onReject: (response) => then(response.message.statusCode),
});

// A description of an audio session that nobody listens to; what the other side describes is only told.
let version = 0;
const withoutMedia = () => ({
  close() {},
  hasDescription: (type) => type === "application/sdp",
  sendDtmf: () => false,
  rollbackDescription: async () => {},
  getDescription: async () => ({
    contentType: "application/sdp",
    body: ["v=0", `o=- 1 ${++version} IN IP4 127.0.0.1`, "s=-", "c=IN IP4 127.0.0.1", "t=0 0",
      "m=audio 40000 RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "a=sendrecv", ""].join("\r\n"),
  }),
  setDescription: async (sdp) => tell("sdp", sdp.split("\r\n")[1]),
});

let session = null;
function keep(next) {
  session = next;
  next.stateChange.addListener((state) => {
    if (state === SIP.SessionState.Established) tell("established");
    if (state === SIP.SessionState.Terminated) tell("ended");
  });
}

const agent = new SIP.UserAgent({
  uri: uri(user),
  contactName: user,
  authorizationUsername: user,
  authorizationPassword: password,
  transportOptions: { server },
  logBuiltinEnabled: false,
  sessionDescriptionHandlerFactory: withoutMedia,
  delegate: {
    onInvite(invitation) {
      tell("incoming", invitation.remoteIdentity.uri.user);
      keep(invitation);
      invitation.accept().catch((error) => tell("error", error.message));
    },
    onMessage(message) {
      tell("message", message.request.from.uri.user, 200, message.request.body);
      message.accept();
    },
  },
});
const registerer = new SIP.Registerer(agent);

const words = {
  async call(name) {
    const inviter = new SIP.Inviter(agent, uri(name));
    keep(inviter);
    await inviter.invite({ requestDelegate: { onReject: (response) => tell("refused", response.message.statusCode) } });
  },
  async bye() {
    await session.bye({ requestDelegate: onResponse((status) => tell("bye", status)) });
  },
  async message(name, ...text) {
    const messager = new SIP.Messager(agent, uri(name), text.join(" "));
    await messager.message({ requestDelegate: onResponse((status) => tell("message", name, status, text.join(" "))) });
  },
  async quit() {
    await registerer.unregister({ requestDelegate: onResponse(() => tell("unregistered")) });
    lines.close();
    process.stdin.destroy();
  },
};

await agent.start();
await registerer.register({ requestDelegate: onResponse((status) => tell("registered", status)) });
const lines = readline.createInterface({ input: process.stdin });
for await (const line of lines) {
  const [word, ...rest] = line.split(" ");
  try {
    await words[word](...rest);
  } catch (error) {
    tell("error", error.message);
  }
}
await agent.stop();
