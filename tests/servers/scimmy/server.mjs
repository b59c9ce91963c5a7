// SCIMMY on Express 4 over two Maps. Its habits are its own: nothing here corrects what SCIMMY does.
// Environment: TOKEN, the bearer token it asks for. Prints "listening on <base URL>" once it answers.
// POST /__reset empties it.
import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const token = process.env.TOKEN;
const fold = (text) => String(text).toLowerCase();

function serveFrom(store, Resource, uniqueName) {
    Resource.egress((resource) => {
        if (!resource.id) {
            const rows = [...store.values()];
            return resource.filter ? resource.filter.match(rows) : rows;
        }
        if (!store.has(resource.id)) throw new SCIMMY.Types.Error(404, null, `Resource ${resource.id} not found`);
        return store.get(resource.id);
    });
    Resource.ingress((resource, instance) => {
        const id = resource.id ?? randomUUID();
        if (resource.id && !store.has(id)) throw new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
        const document = JSON.parse(JSON.stringify(instance));
        const taken = [...store.values()].some(
            (other) => other.id !== id && uniqueName && fold(other[uniqueName]) === fold(document[uniqueName]));
        if (taken) throw new SCIMMY.Types.Error(409, "uniqueness", `${uniqueName} is taken`);
        const now = new Date();
        const created = store.get(id)?.meta.created ?? now;
        store.set(id, {...document, id, meta: {created, lastModified: now}});
        return store.get(id);
    });
    Resource.degress((resource) => {
        if (!store.delete(resource.id)) throw new SCIMMY.Types.Error(404, null, `Resource ${resource.id} not found`);
    });
}

const users = new Map();
const groups = new Map();
SCIMMY.Resources.declare(SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser, false));
SCIMMY.Resources.declare(SCIMMY.Resources.Group);
serveFrom(users, SCIMMY.Resources.User, "userName");
serveFrom(groups, SCIMMY.Resources.Group, null);

const app = express();
app.post("/__reset", (_request, response) => {
    users.clear();
    groups.clear();
    response.status(204).end();
});
app.use("/scim/v2", new SCIMMYRouters({
    type: "bearer",
    handler: (request) => {
        if (request.header("Authorization") !== `Bearer ${token}`) throw new Error("The bearer token is missing or wrong");
        return "";
    },
}));
const server = app.listen(0, "127.0.0.1", () => {
    console.log(`listening on http://127.0.0.1:${server.address().port}/scim/v2`);
});
