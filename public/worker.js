// Starts one worker of Oddflow. The page compiles the bundle once and hands the module over, so that a worker, whose own
// policy allows no connection at all, has nothing to fetch but this bundle's JavaScript.
self.onmessage = async ({ data: { module, glue, role } }) => {
  self.onmessage = null;
  try {
    const bundle = await import(glue);
    bundle.initSync({ module });
    bundle.start_worker(role, glue);
    self.postMessage("started");
  } catch (error) {
    self.postMessage(`failed: ${error}`);
  }
};
