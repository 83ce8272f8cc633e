// The trade story from the browser's side: @connectrpc/connect-web against a
// running mesh. Exits 1 when a step fails.
//
//   node story.mjs [edge] [sandbox] [grpc-web | connect-json | connect-proto]

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { AuthService } from "./gen/xlcfi/auth/v1/auth_service_pb.js";
import { MemberService } from "./gen/xlcfi/member/v1/member_service_pb.js";
import { OrderState } from "./gen/xlcfi/order/v1/order_pb.js";
import { OrderService } from "./gen/xlcfi/order/v1/order_service_pb.js";
import { PaymentService } from "./gen/xlcfi/payment/v1/payment_service_pb.js";
import { ProductService } from "./gen/xlcfi/product/v1/product_service_pb.js";

const [edge = "http://localhost:8080", sandbox = "http://localhost:8090", protocol = "grpc-web"] = process.argv.slice(2);

let token = "";
const authorize = (next) => (request) => {
  if (token) request.header.set("authorization", `Bearer ${token}`);
  return next(request);
};
const options = { baseUrl: edge, interceptors: [authorize] };
const transports = {
  "grpc-web": () => createGrpcWebTransport(options),
  "connect-json": () => createConnectTransport({ ...options, useHttpGet: true }),
  "connect-proto": () => createConnectTransport({ ...options, useHttpGet: true, useBinaryFormat: true }),
};
assert.ok(protocol in transports, `${protocol} is none of ${Object.keys(transports).join(", ")}`);
const transport = transports[protocol]();
const auth = createClient(AuthService, transport);
const members = createClient(MemberService, transport);
const orders = createClient(OrderService, transport);
const payments = createClient(PaymentService, transport);
const products = createClient(ProductService, transport);

async function refused(call, code, what) {
  const error = await call.then(() => assert.fail(`${what} was not refused`), ConnectError.from);
  assert.equal(error.code, code, `${what}: ${error.message}`);
}

async function eventually(look, what) {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const found = await look().catch(() => undefined);
    if (found) return found;
    assert.ok(Date.now() < deadline, `waited in vain: ${what}`);
    await new Promise((resume) => setTimeout(resume, 100));
  }
}

async function signIn() {
  const email = `web-${randomUUID()}@example.com`;
  const password = "xlcfi-demo-1234";
  await auth.signUp({ email, password, displayName: "김바다" });
  const answer = await auth.logIn({ email, password });
  token = answer.tokens.accessToken;
  await eventually(() => members.getProfile({}), "the profile made at sign-up");
  await members.addAddress({
    label: "집", recipient: "김바다", phone: "010-1234-5678", postalCode: "04524",
    line1: "서울특별시 중구 세종대로 110",
  });
}

async function watch(orderId, last) {
  const seen = [];
  for await (const { order } of orders.watchOrder({ orderId }, { timeoutMs: 20_000 })) {
    seen.push(OrderState[order.state]);
    if (order.state === last) return seen;
  }
  assert.fail(`the stream ended after ${seen}`);
}

await refused(orders.listOrders({}), Code.Unauthenticated, "listing orders as nobody");
const found = await products.listProducts({ query: "두백", inStock: true });
assert.ok(found.products.length > 0, "no Dubaek potatoes in the demo catalogue");
const product = found.products[0];

await signIn();
await refused(orders.getOrder({ orderId: randomUUID() }), Code.NotFound, "an unknown order");
await refused(orders.createOrder({ requestId: "no" }), Code.InvalidArgument, "a malformed request id");

const quantity = product.prices.minimum;
const { order } = await orders.createOrder({
  requestId: randomUUID(),
  lines: [{ productId: product.productId, quantity }],
});
await watch(order.orderId, OrderState.AWAITING_PAYMENT);
const session = await fetch(`${sandbox}/v1/checkout-sessions`, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({
    orderId: order.orderId, orderName: product.name, amount: Number(order.payable.minorUnits), method: "CARD",
  }),
});
const { paymentKey } = await session.json();
await payments.confirmPayment({ orderId: order.orderId, paymentKey, amount: order.payable });
const seen = await watch(order.orderId, OrderState.CONFIRMED);
console.log(`${protocol} story: ${product.name} ordered, states ${seen.join(", ")}`);
